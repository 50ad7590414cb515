import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { type Log, type LogFields, toFleetError } from '@fleetfit/core';
import { openShutdown } from '@fleetfit/host';
import { startCoordinator } from './start-coordinator.ts';

// A process of its own: `coordinator --home DIR [--port N] [--dashboard DIR]`. It says one line of JSON when it is ready.
const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    port: { type: 'string', default: '7440' },
    listen: { type: 'string', default: '127.0.0.1' },
    dashboard: { type: 'string' },
    'work-silence': { type: 'string' },
  },
});

const write = (level: string) => (message: string, fields?: LogFields) =>
  void process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), level, message, ...fields })}\n`);
const log: Log = { info: write('info'), warn: write('warn'), error: write('error') };
const shutdown = openShutdown({ log });
// Whoever started us holds the other end of a channel: we do not outlive them.
process.once('disconnect', () => void shutdown.run('the parent process ended').then(() => process.exit(0)));
const tell = (message: object): void => void process.stdout.write(`${JSON.stringify(message)}\n`);

try {
  if (values.home === undefined) throw new TypeError('--home DIR is needed');
  const silence = values['work-silence'];
  const coordinator = await startCoordinator({
    home: values.home,
    port: Number(values.port),
    listen: values.listen,
    dashboard: values.dashboard,
    databaseUrl: process.env['DATABASE_URL'],
    workers: {
      database: () => new Worker(new URL('./pglite-worker.js', import.meta.url)),
      sampler: () => new Worker(new URL('./sampler-thread.js', import.meta.url)),
    },
    ...(silence !== undefined && { workSilenceMs: Number(silence) }),
    say: (sentence) => tell({ kind: 'say', sentence }),
    log,
    signal: shutdown.signal,
  });
  shutdown.onStop('coordinator', () => coordinator.close());
  tell({ kind: 'ready', addresses: coordinator.addresses });
} catch (thrown) {
  const error = toFleetError(thrown, 'Cannot start the coordinator');
  tell({ kind: 'failed', code: error.code, message: error.message, next: error.next });
  await shutdown.run(error.message);
  process.exit(1);
}
