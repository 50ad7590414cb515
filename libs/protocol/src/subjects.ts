import { type DeviceId, deviceId, FleetError } from '@fleetfit/core';

/** Version of the messages on NATS. A device that speaks another one is turned away with a sentence. */
export const PROTOCOL = 1;

/** Subjects of one device. Its credentials allow nothing else: the coordinator answers only into `inbox`. */
export function deviceSubjects(device: DeviceId) {
  const root = `f.${device}`;
  return {
    lease: `${root}.lease`,
    heartbeat: `${root}.hb`,
    release: `${root}.release`,
    control: `${root}.ctl`,
    /** Prefix of reply subjects. */
    inbox: `${root}.in`,
  } as const;
}

/** What the coordinator listens to, for all devices. */
export const coordinatorSubjects = { lease: 'f.*.lease', heartbeat: 'f.*.hb', release: 'f.*.release' } as const;

/** The device of a subject `f.<device>.<verb>`. @throws FleetError `invalid` for any other subject */
export function deviceOfSubject(subject: string): DeviceId {
  const [root, device = '', verb] = subject.split('.');
  if (root !== 'f' || !verb) throw new FleetError('invalid', `Cannot take a message on "${subject}": it names no device`);
  return deviceId(device);
}

/** Subjects between coordinator and compressors, in an account that devices have no part in. */
export const workSubjects = {
  /** JetStream work queue; one subject a kind of work. */
  queue: (kind: string) => `work.${kind}`,
  all: 'work.>',
  stream: 'WORK',
  consumer: 'compressors',
  begin: 'w.begin',
  progress: 'w.progress',
  result: 'w.result',
  /** Published by the coordinator with a work id: stop it. */
  cancel: 'w.cancel',
} as const;
