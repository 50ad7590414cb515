import { type DeviceId, deviceId } from '@fleetfit/core';
import type { Database } from './open-database.ts';

/** What its owner chose for this phone. It decides the device class. */
export interface Choices {
  /** For people. */
  readonly name: string | undefined;
  readonly provider: string | undefined;
  readonly threads: number | undefined;
}

/** Who this phone is, once it has joined. */
export interface JoinedDevice {
  readonly id: DeviceId;
  /** Two words that both screens show. */
  readonly words: string;
  /** Hash of what it joined with, so that the same link opened again is no second join. */
  readonly joinedBy: string;
}

export interface DeviceRecord {
  /** Of this browser profile: two devices of one host are never measured at the same time. */
  hostId(): Promise<string>;
  joined(): Promise<JoinedDevice | undefined>;
  keepJoined(device: JoinedDevice): Promise<void>;
  choices(): Promise<Choices>;
  keepChoices(choices: Choices): Promise<void>;
  /** When the page ended in the middle of an attempt, since the Unix epoch, ms; newest last. */
  crashes(): Promise<readonly number[]>;
  keepCrashes(times: readonly number[]): Promise<void>;
}

const NONE: Choices = { name: undefined, provider: undefined, threads: undefined };

export function deviceRecord(database: Database): DeviceRecord {
  return {
    async hostId() {
      const kept = await database.get('device', 'host');
      if (typeof kept === 'string') return kept;
      const made = crypto.randomUUID().replaceAll('-', '');
      await database.put('device', 'host', made);
      return made;
    },
    async joined() {
      const kept = await database.get('device', 'joined');
      if (typeof kept !== 'object' || kept === null) return undefined;
      const { id, words, joinedBy } = kept as Record<string, unknown>;
      return { id: deviceId(String(id)), words: String(words), joinedBy: String(joinedBy) };
    },
    keepJoined: (device) => database.put('device', 'joined', { ...device }),
    choices: async () => ({ ...NONE, ...((await database.get('device', 'choices')) as Partial<Choices> | undefined) }),
    keepChoices: (choices) => database.put('device', 'choices', { ...choices }),
    crashes: async () => ((await database.get('device', 'crashes')) as readonly number[] | undefined) ?? [],
    keepCrashes: (times) => database.put('device', 'crashes', [...times]),
  };
}
