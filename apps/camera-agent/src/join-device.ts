import { availableParallelism, hostname } from 'node:os';
import { FleetError } from '@fleetfit/core';
import { ExclusiveLock } from '@fleetfit/host';
import { enrollmentClient } from '@fleetfit/rpc';
import { nodeRuntime } from '@fleetfit/runtime-node';
import { type DeviceDescription, describeDevice } from './device-facts.ts';
import { type DeviceHome, type JoinedDevice, openDeviceHome } from './device-home.ts';
import { type Joined, join } from './enroll.ts';
import { parseJoinLink } from './join-link.ts';

export interface JoinDeviceOptions {
  /** Folder of this device's own; two devices on one computer have two. */
  readonly home: string;
  /** `fleetfit://HOST:PORT/#TOKEN`. Left out: the home has joined before. */
  readonly link?: string;
  /** Threads that models run with; it decides the device class. Default: as at the last start, or all cores. */
  readonly threads?: number;
  /** For people. Default: as at the last start, or the host's name. */
  readonly name?: string;
  readonly signal: AbortSignal;
}

/** Makes this computer a device of a coordinator, and does not start to work. Joining again by the same link changes nothing. */
export async function joinDevice(options: JoinDeviceOptions): Promise<Joined> {
  const held = await holdHome(options.home);
  try {
    return await joinHome(held.home, options);
  } finally {
    held.letGo();
  }
}

/** Opens a home for this process alone. @throws FleetError `conflict` when another agent runs in it */
export async function holdHome(folder: string): Promise<{ readonly home: DeviceHome; letGo(): void }> {
  const home = await openDeviceHome(folder);
  const lock = ExclusiveLock.take({ path: home.lock, what: `the device folder ${folder}` });
  return { home, letGo: () => lock.release() };
}

/** The device of a home: newly joined by the link, or as it is. */
export async function joinHome(home: DeviceHome, options: JoinDeviceOptions): Promise<Joined> {
  if (options.link === undefined) {
    if (home.device) return { device: home.device, words: '', pending: false };
    throw new FleetError('not-found', `Cannot start: no device has joined in ${options.home}`, {
      next: 'give the link of `fleetfit device add`',
    });
  }
  const link = parseJoinLink(options.link);
  const client = enrollmentClient(link.address);
  try {
    return await join(home, { link, facts: describe(options, home.device).facts, client }, options.signal);
  } finally {
    client.close();
  }
}

/** This computer as a device, by flags first, then as it was at the last start. */
export function describe({ name, threads }: Pick<JoinDeviceOptions, 'name' | 'threads'>, before?: JoinedDevice): DeviceDescription {
  return describeDevice({
    name: name ?? before?.name ?? hostname(),
    threads: threads ?? before?.threads ?? availableParallelism(),
    runtime: nodeRuntime(),
  });
}
