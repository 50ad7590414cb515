import { hostname } from 'node:os';
import { deviceId } from '@fleetfit/core';
import { type DeviceView, sayAgo } from '@fleetfit/sweep';
import type { Command } from 'commander';
import { addDevice, collectTag, type AddOptions as Invite } from './add-device.ts';
import { asked } from './api-client.ts';
import { agentFolder, type CommandContext, run } from './command-context.ts';
import { runAgent, whole } from './commands-up.ts';
import { deviceDoorOf, joinedBefore } from './joined-before.ts';
import { table } from './paint.ts';

/** `device add|list|approve|revoke|pause|resume|tag|rename`. */
export function addDeviceCommands(program: Command): void {
  const device = program.command('device').description('Devices of the fleet');
  device
    .command('add')
    .description('Invite a device: a QR code for phones, a link for browsers, a command for cameras; or use this computer with --here')
    .option('--here', 'measure on this computer, now, until Ctrl-C')
    .option('--threads <count>', 'with --here: threads onnxruntime may use', whole, 1)
    .option('--name <name>', 'with --here: shown to people', hostname())
    .option('--uses <count>', 'how many devices it lets in', whole, 1)
    .option('--minutes <count>', 'how long it is good', whole, 10)
    .option('--approve', 'let devices in without asking')
    .option('--tag <word>', 'given to every device that joins with it; may be repeated', collectTag)
    .action((options: AddOptions, command: Command) => run((context) => add(options, context), command));
  device
    .command('list')
    .description('Every device: its class, whether it is here, what it does')
    .action((_: unknown, command: Command) => run(list, command));
  for (const verb of VERBS) {
    device
      .command(`${verb} <id>`)
      .description(WHAT[verb].description)
      .action((id: string, _: unknown, command: Command) =>
        run(async ({ api, say, tell }) => {
          await asked(api().devices[verb].mutate({ id }));
          say(`${id} ${WHAT[verb].done}.`);
          tell({ id, done: verb });
        }, command),
      );
  }
  device
    .command('tag <id> [tags...]')
    .description('Give a device these tags, in place of those it has')
    .action((id: string, tags: string[], _: unknown, command: Command) =>
      run(async ({ api, say, tell }) => {
        await asked(api().devices.tag.mutate({ id: deviceId(id), tags }));
        say(tags.length > 0 ? `${id} is tagged ${tags.join(', ')}.` : `${id} has no tags.`);
        tell({ id, tags });
      }, command),
    );
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

const VERBS = ['approve', 'revoke', 'pause', 'resume'] as const;
const WHAT = {
  approve: { description: 'Let a device in that waits', done: 'is in' },
  revoke: { description: 'End the sessions of a device and let it in no more', done: 'is out' },
  pause: { description: 'No more work for a device until it is resumed; what it has in hand it finishes', done: 'is paused' },
  resume: { description: 'Give a paused device work again', done: 'gets work again' },
} as const;

interface AddOptions extends Invite {
  readonly here?: boolean;
  readonly threads: number;
  readonly name: string;
}

async function addThisComputer(options: AddOptions, { api, home, say, signal }: CommandContext): Promise<void> {
  const name = `${options.name}-${options.threads}t`;
  const start = { home: agentFolder(home, name), threads: options.threads, name };
  if (await joinedBefore(start.home, deviceDoorOf(home))) return runAgent(start, { say, signal });
  const { link } = await asked(api().devices.invite.mutate({ uses: 1, minutes: options.minutes, autoApprove: true }));
  await runAgent({ ...start, link }, { say, signal });
}

function add(options: AddOptions, context: CommandContext): Promise<void> {
  return options.here ? addThisComputer(options, context) : addDevice(options, context);
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
    each.tags.length > 0 ? `${each.name} ${paint.dim(each.tags.map((tag) => `#${tag}`).join(' '))}` : each.name,
    `${paint.glyph(each.position)} ${each.classLabel}`,
    each.state,
    sayNow(each),
    String(each.measured),
    each.state === 'pending' ? each.words : '',
  ]);
  for (const line of table([heads, ...rows])) say(line);
}
