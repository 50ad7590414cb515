import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { FleetError } from '@fleetfit/core';
import { z } from 'zod';
import { readParts } from './read-parts.ts';

/** Files that people send from a browser, each upload in a folder of its own, until they are imported. */
export interface Uploads {
  /**
   * Takes parts of files; a part that comes again replaces what came of it, so that asking again is always right.
   * @throws FleetError `invalid` for a path that leads elsewhere, `conflict` where something before a part is missing, `exhausted` for a full disk
   */
  receive(id: string, body: AsyncIterable<Uint8Array>): Promise<Received>;
  /** What has come of a file, bytes. */
  received(id: string, path: string): Promise<number>;
  cancel(id: string): Promise<void>;
  /** Where it lies: its only file, its only folder, or the folder around all. @throws FleetError `not-found`, `conflict` while a file is not whole */
  claim(id: string): Promise<Claimed>;
  /** Removes what was imported, where it was one of ours. */
  forget(path: string): Promise<void>;
}

interface Received {
  /** Files that are whole now, with their hash. */
  readonly whole: readonly { readonly path: string; readonly sha256: string }[];
}

interface Claimed {
  readonly path: string;
  /** What people called it: the name of the file or folder. */
  readonly name: string;
}

const partsSchema = z
  .array(
    z.object({
      path: z.string().min(1).max(1_024),
      offset: z.number().int().min(0),
      bytes: z.number().int().min(0),
      /** Of the whole file. */
      total: z.number().int().min(0),
    }),
  )
  .min(1)
  .max(4_096);
type Part = z.output<typeof partsSchema>[number];

/** Of a file that is not whole. */
const UNFINISHED = '.part~';
const FORGOTTEN_MS = 24 * 3_600_000;
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Opens the folder of uploads, removing what nobody came back for within a day. */
export async function openUploads(folder: string): Promise<Uploads> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeOld(folder);
  const hashes = new Map<string, { readonly hash: Hash; readonly at: number }>();
  const busy = new Set<string>();
  const placeOf = (id: string): string => {
    if (!ID.test(id)) throw new FleetError('invalid', `Cannot take the upload "${id}": that is no name of one`);
    return join(folder, id);
  };
  return {
    async receive(id, body) {
      const place = placeOf(id);
      if (busy.has(id)) throw new FleetError('unavailable', 'Cannot take this part: another of the same upload is on its way');
      busy.add(id);
      try {
        return await receiveParts({ place, hashes }, body);
      } catch (thrown) {
        throw diskSentence(thrown);
      } finally {
        busy.delete(id);
      }
    },
    received: async (id, path) => {
      const file = fileIn(placeOf(id), path);
      return (await sizeOf(file)) ?? (await sizeOf(file + UNFINISHED)) ?? 0;
    },
    cancel: (id) => rm(placeOf(id), { recursive: true, force: true }),
    claim: (id) => claimed(placeOf(id)),
    async forget(path) {
      const [id = ''] = path.startsWith(folder + sep) ? path.slice(folder.length + 1).split(sep) : [];
      if (ID.test(id)) await rm(join(folder, id), { recursive: true, force: true });
    },
  };
}

interface Receiving {
  readonly place: string;
  readonly hashes: Map<string, { readonly hash: Hash; readonly at: number }>;
}

async function receiveParts(to: Receiving, body: AsyncIterable<Uint8Array>): Promise<Received> {
  const whole: { path: string; sha256: string }[] = [];
  const read = readParts(body);
  const parts = parsedParts(await read.line());
  for (const part of parts) {
    const file = fileIn(to.place, part.path);
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await startAt(file, part);
    await append(file + UNFINISHED, part, { to, bytes: read.take(part.bytes) });
    if (part.offset + part.bytes < part.total) continue;
    await rename(file + UNFINISHED, file);
    whole.push({ path: part.path, sha256: await hashOf(file, part.total, to) });
  }
  return { whole };
}

/** Before a part is written: what stands before it must be there, what stands after it came before and comes again. */
async function startAt(file: string, { path, offset, bytes, total }: Part): Promise<void> {
  if (offset + bytes > total) throw new FleetError('invalid', `Cannot take "${path}": its parts are longer than itself`);
  if ((await sizeOf(file)) !== undefined) await rename(file, file + UNFINISHED);
  const have = (await sizeOf(file + UNFINISHED)) ?? 0;
  if (have < offset)
    throw new FleetError('conflict', `Cannot take "${path}" from byte ${offset}: only ${have} have come`, { details: { received: have } });
}

async function append(
  file: string,
  { offset }: Part,
  { to, bytes }: { readonly to: Receiving; readonly bytes: AsyncIterable<Uint8Array> },
): Promise<void> {
  const before = to.hashes.get(file);
  const hash = offset === 0 ? createHash('sha256') : before?.at === offset ? before.hash : undefined;
  to.hashes.delete(file);
  const handle = await open(file, offset === 0 ? 'w' : 'r+', 0o600);
  try {
    await handle.truncate(offset);
    let at = offset;
    for await (const piece of bytes) {
      await writeAll(handle, piece, at);
      hash?.update(piece);
      at += piece.length;
    }
    if (hash) to.hashes.set(file, { hash, at });
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: FileHandle, piece: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < piece.length; ) done += (await handle.write(piece, done, piece.length - done, at + done)).bytesWritten;
}

/** As it arrived, or read again where this process did not see it all. */
async function hashOf(file: string, total: number, { hashes }: Receiving): Promise<string> {
  const seen = hashes.get(file + UNFINISHED);
  hashes.delete(file + UNFINISHED);
  if (seen?.at === total) return seen.hash.digest('hex');
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file)) hash.update(piece as Uint8Array);
  return hash.digest('hex');
}

async function claimed(place: string): Promise<Claimed> {
  const entries = await readdir(place, { withFileTypes: true, recursive: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(place.length + 1));
  const half = files.find((file) => file.endsWith(UNFINISHED));
  if (half !== undefined)
    throw new FleetError('conflict', `Cannot import the upload: "${half.slice(0, -UNFINISHED.length)}" has not come whole`);
  if (files.length === 0) throw new FleetError('not-found', 'Cannot import the upload: nothing of it is here', { next: 'send it again' });
  const model = files.find((file) => file.toLowerCase().endsWith('.onnx'));
  const only = model ?? (files.length === 1 && !files[0]?.includes(sep) ? files[0] : undefined);
  if (only !== undefined) return { path: join(place, only), name: basename(only).replace(/\.(onnx|zip)$/i, '') };
  const [root = ''] = (files[0] ?? '').split(sep);
  const inOne = files.every((file) => file.startsWith(root + sep));
  const classes = files.some((file) => file.split(sep).length > 2 || /(\.csv|\.json|\.bin|ubyte|\.gz)$/.test(file));
  return inOne && classes ? { path: join(place, root), name: root } : { path: place, name: inOne ? root : 'images' };
}

/** A path inside the upload, whatever a browser claims. */
function fileIn(place: string, path: string): string {
  const steps = path.split('/');
  const bad =
    path.includes('\\') || path.includes('\0') || steps.some((step) => step === '' || step === '.' || step === '..' || step.length > 255);
  if (bad || steps.length > 32 || path.endsWith(UNFINISHED))
    throw new FleetError('invalid', `Cannot take "${path.slice(0, 200)}": that is no path inside an upload`);
  return join(place, ...steps);
}

function parsedParts(line: string): readonly Part[] {
  try {
    return partsSchema.parse(JSON.parse(line));
  } catch (cause) {
    throw new FleetError('invalid', 'Cannot take the upload: its first line does not say what comes', { cause });
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    (found) => found.size,
    () => undefined,
  );
}

async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const { mtimeMs } = await stat(join(folder, name));
    if (Date.now() - mtimeMs > FORGOTTEN_MS) await rm(join(folder, name), { recursive: true, force: true });
  }
}

function diskSentence(thrown: unknown): unknown {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new FleetError('exhausted', 'Cannot take the upload: the disk of the coordinator is full', {
      cause: thrown,
      next: 'make room, then go on',
    });
  return thrown;
}
