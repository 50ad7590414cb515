import { hostname } from 'node:os';
import { deviceId } from '@fleetfit/core';
import { type DeviceView, sayAgo } from '@fleetfit/sweep';
import type { Command } from 'commander';
import { asked } from './api-client.ts';
import { agentFolder, type CommandContext, run } from './command-context.ts';
import { runAgent, whole } from './commands-up.ts';
import { deviceDoorOf, joinedBefore } from './joined-before.ts';
import { table } from './paint.ts';

/** `device add|list|approve|revoke|rename`. */
export function addDeviceCommands(program: Command): void {
  const device = program.command('device').description('Devices of the fleet');
  device
    .command('add')
    .description('Make a link with which a device joins; or use this computer with --here')
    .option('--here', 'measure on this computer, now, until Ctrl-C')
    .option('--threads <count>', 'with --here: threads onnxruntime may use', whole, 1)
    .option('--name <name>', 'with --here: shown to people', hostname())
    .option('--uses <count>', 'how many devices the link lets in', whole, 1)
    .option('--minutes <count>', 'how long the link is good', whole, 10)
    .option('--approve', 'let devices with this link in without asking')
    .action((options: AddOptions, command: Command) => run((context) => add(options, context), command));
  device
    .command('list')
    .description('Every device: its class, whether it is here, what it does')
    .action((_: unknown, command: Command) => run(list, command));
  for (const verb of ['approve', 'revoke'] as const) {
    device
      .command(`${verb} <id>`)
      .description(verb === 'approve' ? 'Let a device in that waits' : 'End the sessions of a device and let it in no more')
      .action((id: string, _: unknown, command: Command) =>
        run(async ({ api, say, tell }) => {
          await asked(api().devices[verb].mutate({ id }));
          say(`${id} ${verb === 'approve' ? 'is in' : 'is out'}.`);
          tell({ id, done: verb });
        }, command),
      );
  }
  device
    .command('rename <id> <name>')
    .description('Give a device another name')
    .action((id: string, name: string, _: unknown, command: Command) =>
      run(async ({ api, say, tell }) => {
        await asked(api().devices.rename.mutate({ id: deviceId(id), name }));
        say(`${id} is now ${name}.`);
        tell({ id, name });
      }, command),
    );
}

interface AddOptions {
  readonly here?: boolean;
  readonly threads: number;
  readonly name: string;
  readonly uses: number;
  readonly minutes: number;
  readonly approve?: boolean;
}

async function addThisComputer(options: AddOptions, { api, home, say, signal }: CommandContext): Promise<void> {
  const name = `${options.name}-${options.threads}t`;
  const start = { home: agentFolder(home, name), threads: options.threads, name };
  if (await joinedBefore(start.home, deviceDoorOf(home))) return runAgent(start, { say, signal });
  const { link } = await asked(api().devices.invite.mutate({ uses: 1, minutes: options.minutes, autoApprove: true }));
  await runAgent({ ...start, link }, { say, signal });
}

const LOOPBACK = /^fleetfit:\/\/(?:127\.|localhost)/;

async function add(options: AddOptions, context: CommandContext): Promise<void> {
  if (options.here) return addThisComputer(options, context);
  const { api, paint, say, tell } = context;
  const { link, expiresAt } = await asked(
    api().devices.invite.mutate({
      uses: options.uses,
      minutes: options.minutes,
      autoApprove: options.approve ?? false,
    }),
  );
  say(`On the device, within ${options.minutes} minutes:`);
  say('');
  say(`  ${paint.bold(`fleetfit join '${link}'`)}`);
  say('');
  if (!options.approve) say('Then compare the two words it shows and let it in with: fleetfit device approve ID');
  if (LOOPBACK.test(link)) say(paint.warn('It works on this computer only. To let other machines in: fleetfit up --listen ADDRESS'));
  tell({ link, expiresAt });
}

function sayNow({ state, doing, online, lastSeenAt }: DeviceView): string {
  if (state === 'pending') return 'waits for approval';
  if (doing.kind === 'measuring') return `measuring ${doing.candidate}`;
  if (online || state === 'revoked') return doing.why;
  return `offline${lastSeenAt === undefined ? '' : `, seen ${sayAgo(lastSeenAt, Date.now())}`}`;
}

async function list({ api, paint, say, tell }: CommandContext): Promise<void> {
  const devices = await asked(api().devices.list.query());
  tell(devices);
  if (devices.length === 0) return say('No device yet. Add one with: fleetfit device add   (this computer: fleetfit device add --here)');
  const heads = ['device', 'name', 'class', 'state', 'now', 'measured', 'words'].map((head) => paint.dim(head));
  const rows = devices.map((each) => [
    paint.bold(each.id),
    each.name,
    `${paint.glyph(each.position)} ${each.classLabel}`,
    each.state,
    sayNow(each),
    String(each.measured),
    each.state === 'pending' ? each.words : '',
  ]);
  for (const line of table([heads, ...rows])) say(line);
}
