import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BlobReader } from '@fleetfit/agent';
import { sha256 as checkedName, FleetError } from '@fleetfit/core';

/** Reads blobs that are already in a folder, for a process that does not own it and writes nothing there. */
export function blobFolder(folder: string): BlobReader {
  const pathOf = (name: string): string => join(folder, checkedName(name));
  return {
    async read(name) {
      const bytes = await readFile(pathOf(name)).catch(missing(name));
      const found = createHash('sha256').update(bytes).digest('hex');
      // onnxruntime would load a tensor with a flipped bit without a word.
      if (found !== name) throw new FleetError('corrupt', `Cannot use blob ${name.slice(0, 8)}: its bytes hash to ${found.slice(0, 8)}`);
      return bytes;
    },
    async readPart(name, start, end) {
      const file = await open(pathOf(name)).catch(missing(name));
      try {
        const bytes = new Uint8Array(end - start);
        const { bytesRead } = await file.read(bytes, 0, bytes.length, start);
        if (bytesRead !== bytes.length) throw new FleetError('corrupt', `Cannot use blob ${name.slice(0, 8)}: it ends before byte ${end}`);
        return bytes;
      } finally {
        await file.close();
      }
    },
  };
}

const missing =
  (name: string) =>
  (cause: unknown): never => {
    throw new FleetError('not-found', `Cannot read blob ${name.slice(0, 8)}: it is not in the cache`, { cause });
  };
