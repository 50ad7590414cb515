import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { failureSaid, parseSaying, type Saying } from './process-voice.ts';

const SECONDS = 1000;
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

function start(): ChildProcess {
  const entry = fileURLToPath(new URL('./fakes/speaking-child.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', entry], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  started.push(child);
  return child;
}

/** All it says until its standard output closes. */
async function heard(child: ChildProcess, on: (saying: Saying) => void): Promise<void> {
  if (!child.stdout) throw new Error('no standard output');
  for await (const line of createInterface({ input: child.stdout })) {
    const saying = parseSaying(line);
    if (saying) on(saying);
  }
}

describe('a process of ours', () => {
  it(
    'is heard word for word, logs to standard error, and ends when the one that started it is gone',
    async () => {
      const child = start();
      const ended = once(child, 'exit');
      const logged: string[] = [];
      child.stderr?.on('data', (text) => logged.push(String(text)));
      const said: Saying[] = [];
      await heard(child, (saying) => {
        said.push(saying);
        if (saying.kind === 'failed') child.disconnect();
      });
      expect(await ended).toEqual([0, null]);
      expect(said.map(({ kind }) => kind)).toEqual(['say', 'ready', 'failed']);
      expect(said[1]).toEqual({ kind: 'ready', port: 7440 });
      const failed = said.find((saying) => saying.kind === 'failed');
      expect(failed && failureSaid(failed)).toMatchObject({ code: 'denied', message: 'Cannot go on: no', next: 'ask' });
      const lines = logged.join('').trim().split('\n');
      expect(lines.map((line) => JSON.parse(line))).toContainEqual(expect.objectContaining({ level: 'warn', message: 'careful', n: 1 }));
    },
    20 * SECONDS,
  );

  it('is not understood where it speaks otherwise', () => {
    for (const line of ['', 'Listening', '7', 'null', '{"port":1}']) expect(parseSaying(line)).toBeUndefined();
  });
});
