import { parseArgs } from 'node:util';
import { FleetError, toFleetError } from '@fleetfit/core';
import { endWithParent, openShutdown, processLog, tell, tellFailure } from '@fleetfit/host';
import { type CameraAgentOptions, type CameraEvent, runCameraAgent } from './camera-agent.ts';

// The process of one camera agent: `camera-agent --home DIR [--link LINK] [--threads N] [--name NAME]`, or FLEETFIT_LINK for the link,
// which then does not stand in the list of processes. It says what happens on standard output, a line of JSON each.

const log = processLog();

const shutdown = openShutdown({ log });
endWithParent(shutdown);
try {
  const running = runCameraAgent({ ...readOptions(), log, signal: shutdown.signal, onEvent });
  shutdown.onStop('the agent', () => running.catch(() => {}));
  await running;
} catch (thrown) {
  const error = toFleetError(thrown, 'Cannot run the agent');
  if (shutdown.state === 'running') {
    tellFailure(error);
    await shutdown.run(error.message);
    process.exit(1);
  }
}

function readOptions(): Omit<CameraAgentOptions, 'signal'> {
  const options = { home: { type: 'string' }, link: { type: 'string' }, threads: { type: 'string' }, name: { type: 'string' } } as const;
  const { values } = parseArgs({ options });
  if (!values.home) throw new FleetError('invalid', 'Cannot start: no folder is given', { next: 'give --home DIR' });
  const link = values.link ?? process.env['FLEETFIT_LINK'];
  const threads = values.threads === undefined ? undefined : Number(values.threads);
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0))
    throw new FleetError('invalid', `Cannot start: "${values.threads}" is no number of threads`);
  return {
    home: values.home,
    ...(link ? { link } : {}),
    ...(threads === undefined ? {} : { threads }),
    ...(values.name === undefined ? {} : { name: values.name }),
  };
}

function onEvent(event: CameraEvent): void {
  switch (event.kind) {
    case 'joined':
      log.info('joined', { device: event.device });
      if (event.words) tell({ kind: 'say', sentence: `Joined as ${event.device}: ${event.words}` });
      break;
    case 'pending':
      tell({ kind: 'say', sentence: 'Waiting for approval: the coordinator shows the same two words beside this device.' });
      break;
    case 'active':
      log.info('active', { device: event.device, deviceClass: event.deviceClass });
      tell({ kind: 'ready', device: event.device, deviceClass: event.deviceClass });
      break;
    case 'state':
      break;
  }
}
