import { setTimeout as sleep } from 'node:timers/promises';
import { type Invited, qrLines } from '@fleetfit/api';
import type { DeviceId } from '@fleetfit/core';
import type { DeviceView } from '@fleetfit/sweep';
import { InvalidArgumentError } from 'commander';
import { asked } from './api-client.ts';
import type { CommandContext } from './command-context.ts';
import type { Paint } from './paint.ts';

export interface AddOptions {
  readonly uses: number;
  readonly minutes: number;
  readonly approve?: boolean;
  readonly tag?: readonly string[];
}

const EVERY_MS = 500;

/** Makes an invitation and shows it; on a terminal it then waits for the devices and asks whether to let each one in. */
export async function addDevice(options: AddOptions, context: CommandContext): Promise<void> {
  const { api, paint, say, tell, json } = context;
  const before = new Set((await asked(api().devices.list.query())).map(({ id }) => id));
  const { uses, minutes, approve: autoApprove = false, tag: tags = [] } = options;
  const invited = await asked(api().devices.invite.mutate({ uses, minutes, autoApprove, tags: [...tags] }));
  for (const line of invitation(invited, { minutes, paint })) say(line);
  const { qr: _, ...rest } = invited;
  tell(rest);
  if (json) return;
  if (process.stdout.isTTY && process.stdin.isTTY) return welcome(invited, { ...context, before, uses });
  if (!autoApprove) say('Then compare the two words it shows and let it in with: fleetfit device approve ID');
}

const LOOPBACK = /^http:\/\/localhost[:/]/;

/** What a person needs to bring a device in: a picture for phones, a link for browsers, a command for cameras. */
export function invitation(
  { link, phoneLink, code, qr }: Invited,
  { minutes, paint }: { readonly minutes: number; readonly paint: Paint },
): readonly string[] {
  const isLocal = LOOPBACK.test(phoneLink);
  const good = `good for ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`;
  const camera = ['On a camera or computer:', '', `  ${paint.bold(`fleetfit join '${link}'`)}`, ''];
  const byHand = `or open ${paint.accent(`${new URL(phoneLink).origin}/`)} and type ${paint.bold(code)}`;
  if (isLocal) {
    return [
      `In a browser of this computer (${good}):`,
      '',
      `  ${paint.bold(phoneLink)}`,
      `  ${byHand}`,
      '',
      ...camera,
      paint.warn('All of it works on this computer only. To let phones and other machines in: fleetfit up --listen ADDRESS'),
    ];
  }
  return [
    `On a phone, scan this (${good}):`,
    '',
    ...qrLines(qr).map((line) => `  ${paint.onBlack(line)}`),
    '',
    `  ${paint.bold(phoneLink)}`,
    `  ${byHand}`,
    '',
    ...camera,
  ];
}

interface Welcome extends CommandContext {
  /** Devices that were there before. */
  readonly before: ReadonlySet<DeviceId>;
  readonly uses: number;
}

/** Shows who joins, with their two words, until as many as were invited are in or out, or the invitation is over. */
async function welcome(invited: Invited, { api, say, paint, signal, before, uses }: Welcome): Promise<void> {
  say(paint.dim('Waiting. Ctrl-C stops waiting; the invitation stays good.'));
  const met = new Set<DeviceId>();
  while (!signal.aborted && met.size < uses && Date.now() < invited.expiresAt) {
    const devices = await asked(api().devices.list.query());
    for (const device of devices.filter(({ id }) => !before.has(id) && !met.has(id))) {
      met.add(device.id);
      if (device.state === 'pending') await decide(device, { api, say, paint, signal });
      else say(`${paint.bold(device.name)} ${paint.dim(`(${device.id})`)} is in. It shows: ${paint.accent(device.words)}`);
    }
    await sleep(EVERY_MS, undefined, { signal }).catch(() => {});
  }
  if (met.size < uses && !signal.aborted) say(`The invitation is over. Make another with: fleetfit device add`);
}

async function decide(device: DeviceView, { api, say, paint, signal }: Pick<Welcome, 'api' | 'say' | 'paint' | 'signal'>): Promise<void> {
  say(
    `${paint.bold(device.name)} ${paint.dim(`(${device.classLabel})`)} asks to come in and shows: ${paint.accent(paint.bold(device.words))}`,
  );
  const answer = await pressed(`Are these the words on its screen? Let it in? ${paint.dim('[y/n]')} `, signal);
  if (answer === undefined) return say(`Decide later with: fleetfit device approve ${device.id}   (or: revoke)`);
  await asked(api().devices[answer ? 'approve' : 'revoke'].mutate({ id: device.id }));
  say(`${device.id} is ${answer ? 'in' : 'out'}.`);
}

/** One key: yes or no; undefined when it was interrupted. */
function pressed(question: string, signal: AbortSignal): Promise<boolean | undefined> {
  const { stdin, stdout } = process;
  if (signal.aborted) return Promise.resolve(undefined);
  stdout.write(question);
  stdin.setRawMode(true);
  stdin.resume();
  return new Promise((resolve) => {
    const end = (answer: boolean | undefined): void => {
      stdin.off('data', take);
      signal.removeEventListener('abort', stop);
      stdin.setRawMode(false);
      stdin.pause();
      stdout.write('\n');
      resolve(answer);
    };
    const stop = (): void => end(undefined);
    const take = (keys: Buffer): void => {
      const key = keys.toString().toLowerCase();
      if (key.startsWith('y')) end(true);
      else if (key.startsWith('n')) end(false);
      // In raw mode Ctrl-C is a key like any other: it means here what it means everywhere.
      else if (key.startsWith('\x03')) {
        end(undefined);
        process.kill(process.pid, 'SIGINT');
      }
    };
    signal.addEventListener('abort', stop, { once: true });
    stdin.on('data', take);
  });
}

/** A tag as commander collects them. */
export function collectTag(text: string, before: readonly string[] = []): readonly string[] {
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,39}$/u.test(text)) throw new InvalidArgumentError('A tag has letters, digits, . _ -');
  return [...before, text.toLowerCase()];
}
