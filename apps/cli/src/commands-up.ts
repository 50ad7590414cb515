import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { FleetError } from '@fleetfit/core';
import { type Command, InvalidArgumentError } from 'commander';
import { agentFolder, type CommandContext, run } from './command-context.ts';
import { type Fleet, startAgentProcess, startFleet, supervise } from './fleet-processes.ts';
import { useThisComputer } from './use-this-computer.ts';

/** `up` and `join`: what keeps running. */
export function addUpCommands(program: Command): void {
  program
    .command('up')
    .description('Start the coordinator, its message server, a compressor and the dashboard; Ctrl-C stops them')
    .option('--port <port>', 'of the dashboard; the doors for devices take the four after it, the last is that of phones', firstPort, 7440)
    .option('--compressors <count>', 'compressor processes', whole, 1)
    .option(
      '--listen <address>',
      'where devices of other machines are answered; phones by HTTPS, cameras unencrypted: a network you trust',
      '127.0.0.1',
    )
    .option('--cert <file>', 'certificate for phones, PEM with its chain; without, a local authority in the data folder gives one')
    .option('--key <file>', 'key of that certificate, PEM')
    .option('--here', 'use this computer as a device too')
    .option('--threads <count>', 'threads of that device', whole, 1)
    .action((options: UpOptions, command: Command) => run((context) => up(options, context), command));
  program
    .command('join <link>')
    .description('Make this machine a device: measure for the coordinator whose link this is')
    .option('--threads <count>', 'threads onnxruntime may use', whole, 1)
    .option('--name <name>', 'shown to people', hostname())
    .option('--home-folder <folder>', "the agent's own folder; one device each")
    .action((link: string, options: JoinOptions, command: Command) => run((context) => join(link, options, context), command));
}

export function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** A number that may have a fraction, not below 0. */
export function number(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('It must be a number, such as 1.5.');
  return Number(text);
}

/** A port with four more after it. */
function firstPort(text: string): number {
  const port = whole(text);
  if (port > LAST_PORT) throw new InvalidArgumentError(`It must be at most ${LAST_PORT}: the doors for devices take the four after it.`);
  return port;
}

const LAST_PORT = 65_531;

interface UpOptions {
  readonly port: number;
  readonly listen: string;
  readonly compressors: number;
  readonly cert?: string;
  readonly key?: string;
  readonly here?: boolean;
  readonly threads: number;
}

async function up(options: UpOptions, context: CommandContext): Promise<void> {
  const { home, paint, say, tell, signal } = context;
  // It takes seconds; standard output is for what came of it.
  if (!context.json && process.stderr.isTTY) process.stderr.write(`${paint.dim('Starting.')}\n`);
  const { port, listen, compressors } = options;
  const fleet = await startFleet({ home, port, listen, compressors, certificate: certificateOf(options), say });
  try {
    if (options.here) await useThisComputer(fleet, { home, threads: options.threads });
    say(`${paint.bold('Fleetfit is up.')} Dashboard: ${paint.accent(fleet.addresses.operator)}`);
    say(`Phones and browsers join at ${paint.accent(fleet.addresses.phones)}; a QR code for them: fleetfit device add`);
    say(paint.dim(`Data in ${home}.`));
    if (!process.env['DATABASE_URL'])
      say(paint.dim('The embedded database survives a crash, not a power cut; DATABASE_URL names a PostgreSQL instead.'));
    say(
      `Next, in another terminal: ${options.here ? 'fleetfit dataset add FOLDER' : 'fleetfit device add   (or: fleetfit device add --here)'}`,
    );
    tell({ addresses: fleet.addresses });
    await aborted(signal);
  } finally {
    say('Stopping.');
    await fleet.stop();
  }
}

/** @throws FleetError `invalid` when one of the two files is not given */
function certificateOf({ cert, key }: UpOptions): { readonly cert: string; readonly key: string } | undefined {
  if (cert === undefined && key === undefined) return undefined;
  if (cert !== undefined && key !== undefined) return { cert: resolve(cert), key: resolve(key) };
  throw new FleetError('invalid', 'Cannot use half a certificate: --cert and --key belong together', {
    next: 'fleetfit up --cert FILE --key FILE',
  });
}

interface JoinOptions {
  readonly threads: number;
  readonly name: string;
  readonly homeFolder?: string;
}

async function join(link: string, options: JoinOptions, { home, say, signal }: CommandContext): Promise<void> {
  if (/^https?:\/\/\S+\/j#/.test(link))
    throw new FleetError(
      'invalid',
      'Cannot join with this link: it is for browsers, which measure by themselves once they have opened it',
      {
        next: 'use the link that begins with fleetfit:// and stands beside it',
      },
    );
  if (!/^fleetfit:\/\/[^/#]+\/#\S+$/.test(link)) {
    throw new FleetError('invalid', `Cannot join with "${link}": a link looks like fleetfit://host:port/#token`, {
      next: 'make one on the coordinator with: fleetfit device add',
    });
  }
  const name = `${options.name}-${options.threads}t`;
  await runAgent({ home: options.homeFolder ?? agentFolder(home, name), link, threads: options.threads, name }, { say, signal });
}

/** Runs one agent until the signal. */
export async function runAgent(
  agent: Parameters<Fleet['startAgent']>[0],
  { say, signal }: Pick<CommandContext, 'say' | 'signal'>,
): Promise<void> {
  const running = supervise(() => startAgentProcess(agent, say));
  try {
    await running.firstReady;
    say(`${agent.name ?? 'The device'} measures. Ctrl-C stops it; what it has measured is sent when it starts again.`);
    const over = new AbortController();
    const why = await Promise.race([aborted(AbortSignal.any([signal, over.signal])), running.over]);
    over.abort();
    if (why) throw why;
  } finally {
    await running.stop();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    // The listener alone does not keep the process alive.
    const alive = setInterval(() => {}, 60_000);
    signal.addEventListener(
      'abort',
      () => {
        clearInterval(alive);
        resolve();
      },
      { once: true },
    );
  });
}
