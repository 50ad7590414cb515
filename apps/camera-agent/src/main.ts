import { parseArgs } from 'node:util';
import { FleetError, type Log, toFleetError } from '@fleetfit/core';
import { openShutdown } from '@fleetfit/host';
import { type CameraAgentOptions, runCameraAgent } from './camera-agent.ts';

// The process of one camera agent: --home DIR [--link LINK] [--threads N] [--name NAME], or FLEETFIT_LINK for the link,
// which then does not stand in the list of processes.

const log: Log = {
  info: (message, fields) => say('info', message, fields),
  warn: (message, fields) => say('warn', message, fields),
  error: (message, fields) => say('error', message, fields),
};

function say(level: string, message: string, fields: object = {}): void {
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  process.stderr.write(`${new Date().toISOString()} ${level} ${message}${rest.join('')}\n`);
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

async function main(): Promise<void> {
  const shutdown = openShutdown({ log });
  const options = readOptions();
  const running = runCameraAgent({
    ...options,
    log,
    signal: shutdown.signal,
    onEvent: (event) => {
      if (event.kind === 'joined') log.info('this device has joined', { device: event.device, words: event.words });
      if (event.kind === 'pending') log.info('this device waits for approval');
      if (event.kind === 'active') log.info('this device is active', { device: event.device, class: event.deviceClass });
    },
  });
  shutdown.onStop('the agent', () => running.catch(() => {}));
  await running;
}

main().catch((thrown: unknown) => {
  const error = toFleetError(thrown, 'Cannot go on');
  if (error.code !== 'cancelled') {
    process.stderr.write(`${error.message}\n${error.next ? `try: ${error.next}\n` : ''}`);
    process.exitCode = 1;
  }
  process.exit();
});
