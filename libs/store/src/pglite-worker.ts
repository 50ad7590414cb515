import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import type { PgliteAnswer, PgliteRequest } from './pglite-messages.ts';

// The body of the worker thread that runs PGlite: an app that is bundled makes a worker file of its own that imports this one.

let pglite: PGlite | undefined;
const NOTHING = new Uint8Array(0);

async function answer(request: PgliteRequest): Promise<Uint8Array> {
  switch (request.kind) {
    case 'open':
      pglite = await open(request.folder);
      return NOTHING;
    case 'bytes':
      if (!pglite) throw new Error('the database is not open');
      return pglite.execProtocolRaw(request.bytes);
    case 'close':
      await pglite?.close();
      pglite = undefined;
      return NOTHING;
  }
}

// A first start that is killed half way leaves half a database: the mark beside it says so, and the next start begins again.
async function open(folder: string | undefined): Promise<PGlite> {
  if (folder === undefined) return create();
  const mark = `${folder}.unfinished`;
  if (existsSync(mark)) rmSync(folder, { recursive: true, force: true });
  if (existsSync(folder)) return create(folder);
  mkdirSync(dirname(folder), { recursive: true });
  writeFileSync(mark, '');
  const made = await create(folder);
  rmSync(mark);
  return made;
}

// What PostgreSQL says of a failure goes to its log; the error itself only says that there was one.
async function create(folder?: string): Promise<PGlite> {
  const said: string[] = [];
  const onStderr = (line: string): boolean => said.push(line) > 0; // and nothing on our own stderr
  try {
    return await PGlite.create({ ...(folder === undefined ? {} : { dataDir: folder }), onStderr });
  } catch (cause) {
    const why = said.findLast((line) => /(FATAL|PANIC):/.test(line))?.replace(/^.*(FATAL|PANIC): +/, '');
    throw why ? new Error(why, { cause }) : cause;
  }
}

let queue: Promise<unknown> = Promise.resolve();

parentPort?.on('message', (request: PgliteRequest) => {
  queue = queue.then(async () => {
    parentPort?.postMessage(await answered(request));
  });
});

async function answered(request: PgliteRequest): Promise<PgliteAnswer> {
  const { number } = request;
  try {
    return { number, kind: 'done', bytes: await answer(request) };
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : undefined;
    return { number, kind: 'failed', message: thrown instanceof Error ? thrown.message : String(thrown), code };
  }
}
