import { bytesBefore, type Cursor, nextBatch } from './next-batch.ts';
import type { DroppedFile } from './plan-uploads.ts';

export interface Sending {
  readonly id: string;
  readonly files: readonly DroppedFile[];
  readonly from: Cursor;
  readonly signal: AbortSignal;
  /** After every part: where it is now, and how much of all has been sent. */
  readonly onProgress: (at: Cursor, sent: number) => void;
}

/** Why an upload stopped; it can go on from where it is. */
class UploadStopped extends Error {
  readonly next: string | undefined;
  constructor(message: string, next?: string) {
    super(message);
    this.next = next;
  }
}

/** Waits between tries of one part, ms. */
const PAUSES = [500, 1_500, 4_000, 10_000];

/** Sends the files of an upload part after part. What is cut off is tried again; what has come already is not sent again. */
export async function sendUpload({ id, files, from, signal, onProgress }: Sending): Promise<void> {
  let at = from;
  for (;;) {
    const { parts, next } = nextBatch(files, at);
    if (parts.length === 0) return;
    const answer = await tried(() => post(id, { files, parts, signal }), signal);
    const at409 = answer.received === undefined ? undefined : parts[0];
    // Less has come than we thought: another process of the coordinator may have lost it.
    at = at409 ? { file: at409.file, offset: answer.received ?? 0 } : next;
    onProgress(at, bytesBefore(files, at));
  }
}

/** Forgets an upload that is not wanted any more. */
export async function cancelUpload(id: string): Promise<void> {
  await fetch(`/upload/${id}`, { method: 'DELETE' }).catch(() => undefined);
}

interface Answer {
  readonly received?: number;
}

async function tried(send: () => Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  for (const pause of PAUSES) {
    try {
      return await send();
    } catch (thrown) {
      if (signal.aborted || thrown instanceof UploadStopped) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
  return send().catch((thrown: unknown) => {
    if (signal.aborted || thrown instanceof UploadStopped) throw thrown;
    throw new UploadStopped('The coordinator cannot be reached.', 'fleetfit up');
  });
}

async function post(
  id: string,
  { files, parts, signal }: Pick<Sending, 'files' | 'signal'> & { readonly parts: ReturnType<typeof nextBatch>['parts'] },
): Promise<Answer> {
  const line = JSON.stringify(parts.map(({ path, offset, bytes, total }) => ({ path, offset, bytes, total })));
  const pieces = parts.flatMap(({ file, offset, bytes }) => files[file]?.data.slice(offset, offset + bytes) ?? []);
  await stillReadable(pieces[0], parts[0]?.path ?? '');
  const response = await fetch(`/upload/${id}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Blob([`${line}\n`, ...pieces]),
    signal,
  });
  const answer = (await response.json()) as Answer & { readonly message?: string; readonly next?: string };
  if (response.ok || (response.status === 409 && answer.received !== undefined)) return answer;
  if (response.status === 503) throw new Error(answer.message);
  throw new UploadStopped(answer.message ?? `The coordinator answered ${response.status}.`, answer.next);
}

/** A file that was changed or removed since it was dropped looks like a broken network to whoever sends it. */
async function stillReadable(piece: Blob | undefined, path: string): Promise<void> {
  try {
    await piece?.slice(0, 1).arrayBuffer();
  } catch {
    throw new UploadStopped(`“${path}” was changed or moved while it was sent. Drop it again.`);
  }
}
