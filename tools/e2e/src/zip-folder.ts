import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { crc32 } from 'node:zlib';

// PKWARE APPNOTE 6.3.10: local headers, a directory, its end. Stored: pictures are compressed already.

/** Writes a folder as a zip archive, as people have their images. Returns the archive's path. */
export async function zipFolder(folder: string, to: string): Promise<string> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of files) {
    const path = join(entry.parentPath, entry.name);
    const [name, bytes] = [Buffer.from(relative(folder, path)), await readFile(path)];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([marked(0x04034b50, 0), common, name, bytes]);
    const after = Buffer.alloc(14);
    after.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([marked(0x02014b50, 2), common, after, name]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  await writeFile(to, Buffer.concat([...locals, central, marked(0x06054b50, 0), end]));
  return to;
}

/** A signature, and so many bytes of the version that made it. */
function marked(signature: number, version: number): Buffer {
  const bytes = Buffer.alloc(4 + version);
  bytes.writeUInt32LE(signature, 0);
  return bytes;
}
