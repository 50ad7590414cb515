import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { toFleetError } from '@fleetfit/core';
import { endWithParent, openShutdown, processLog, tell, tellFailure } from '@fleetfit/host';
import { startCoordinator } from './start-coordinator.ts';

// A process of its own: `coordinator --home DIR [--port N] [--dashboard DIR]`. It says one line of JSON when it is ready.
const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    port: { type: 'string', default: '7440' },
    listen: { type: 'string', default: '127.0.0.1' },
    dashboard: { type: 'string' },
    'phone-agent': { type: 'string' },
    cert: { type: 'string' },
    key: { type: 'string' },
    'work-silence': { type: 'string' },
    /** Its parent starts agents when it is told to. */
    'starts-agents': { type: 'boolean', default: false },
  },
});

const log = processLog();
const shutdown = openShutdown({ log });
endWithParent(shutdown);

try {
  if (values.home === undefined) throw new TypeError('--home DIR is needed');
  const silence = values['work-silence'];
  const coordinator = await startCoordinator({
    home: values.home,
    port: Number(values.port),
    listen: values.listen,
    dashboard: values.dashboard,
    phoneAgent: values['phone-agent'],
    certificate: values.cert !== undefined && values.key !== undefined ? { cert: values.cert, key: values.key } : undefined,
    databaseUrl: process.env['DATABASE_URL'],
    workers: {
      database: () => new Worker(new URL('./pglite-worker.js', import.meta.url)),
      sampler: () => new Worker(new URL('./sampler-thread.js', import.meta.url)),
    },
    ...(silence !== undefined && { workSilenceMs: Number(silence) }),
    say: (sentence) => tell({ kind: 'say', sentence }),
    ...(values['starts-agents'] && { startAgentHere: (threads: number) => tell({ kind: 'use-this-computer', threads }) }),
    log,
    signal: shutdown.signal,
  });
  shutdown.onStop('coordinator', () => coordinator.close());
  tell({ kind: 'ready', addresses: coordinator.addresses });
} catch (thrown) {
  const error = toFleetError(thrown, 'Cannot start the coordinator');
  tellFailure(error);
  await shutdown.run(error.message);
  process.exit(1);
}
