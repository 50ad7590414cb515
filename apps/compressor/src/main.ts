import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { toFleetError } from '@fleetfit/core';
import { endWithParent, hostFacts, openShutdown, processLog, tell, tellFailure } from '@fleetfit/host';
import { openConnection } from '@fleetfit/messaging';
import { nodeHost } from '@fleetfit/runtime-node';
import { connect } from '@nats-io/transport-node';
import { readConnectionFile } from './connection-file.ts';
import { runCompressor } from './run-compressor.ts';
import { workProcess } from './work-process.ts';

// A process of its own, as many as wanted: `compressor --home DIR [--threads N]`. It says one line of JSON when it is ready.
const { values } = parseArgs({ options: { home: { type: 'string' }, threads: { type: 'string' } } });

const log = processLog();
const shutdown = openShutdown({ log });
endWithParent(shutdown);

try {
  if (values.home === undefined) throw new TypeError('--home DIR is needed');
  const { natsUrl, login, blobsFolder } = await readConnectionFile(values.home);
  const worker = `compressor-${process.pid}-${randomBytes(4).toString('hex')}`;
  const connection = await openConnection({ connect, url: natsUrl, login: () => login, name: worker, log });
  shutdown.onStop('connection', () => connection.close());
  const threads = Number(values.threads ?? Math.min(4, availableParallelism()));
  const work = workProcess({ host: nodeHost(childEntry()), blobsFolder, threads });
  shutdown.onStop('work', () => work.close());
  const { hostId } = hostFacts();
  const running = runCompressor({ connection, worker, hostId, process: work, log, signal: shutdown.signal });
  // Stopped first, while the connection is still there to give back what is under way.
  shutdown.onStop('compressor', () => running);
  tell({ kind: 'ready', worker });
  await running;
  if (shutdown.state === 'running') throw new TypeError('the queue has ended');
} catch (thrown) {
  const error = toFleetError(thrown, 'Cannot run the compressor');
  tellFailure(error);
  await shutdown.run(error.message);
  process.exit(1);
}

/** Beside this file and of its kind: a bundle starts a bundle, sources start sources with the same loader. */
function childEntry() {
  const self = fileURLToPath(import.meta.url);
  const isSource = self.endsWith('.ts');
  const entry = fileURLToPath(new URL(isSource ? './work-child.ts' : './work-child.js', import.meta.url));
  const home = process.env['FLEETFIT_HOME'];
  return { entry, execArgv: process.execArgv, ...(home !== undefined && { env: { FLEETFIT_HOME: home } }) };
}
