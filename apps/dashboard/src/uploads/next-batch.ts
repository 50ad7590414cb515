/** Where an upload is: the file it is at, and the byte. */
export interface Cursor {
  readonly file: number;
  readonly offset: number;
}

export interface BatchPart {
  readonly file: number;
  readonly path: string;
  readonly offset: number;
  readonly bytes: number;
  readonly total: number;
}

interface Sized {
  readonly path: string;
  readonly bytes: number;
}

/** Small enough that progress moves and little is sent again, large enough that the way there does not count. */
const BATCH_BYTES = 4 * 1024 * 1024;
const BATCH_FILES = 512;

export const START: Cursor = { file: 0, offset: 0 };

/** What to send next from here: many small files in one request, a large one in several. No parts: all is sent. */
export function nextBatch(files: readonly Sized[], from: Cursor): { readonly parts: readonly BatchPart[]; readonly next: Cursor } {
  const parts: BatchPart[] = [];
  let { file, offset } = from;
  let room = BATCH_BYTES;
  while (room > 0 && parts.length < BATCH_FILES) {
    const one = files[file];
    if (!one) break;
    const bytes = Math.min(room, one.bytes - offset);
    parts.push({ file, path: one.path, offset, bytes, total: one.bytes });
    room -= bytes;
    offset += bytes;
    if (offset < one.bytes) break;
    file++;
    offset = 0;
  }
  return { parts, next: { file, offset } };
}

/** Bytes before this place. */
export function bytesBefore(files: readonly Sized[], { file, offset }: Cursor): number {
  return files.slice(0, file).reduce((sum, one) => sum + one.bytes, 0) + offset;
}
