import { FleetError } from '@fleetfit/core';
import { createAccount, createOperator, fromSeed, type KeyPair } from '@nats-io/nkeys';
import { isRecord } from './sign-claims.ts';

/**
 * Every key of one deployment's message server, as seeds. Plain JSON; secret: the coordinator keeps it in a file of mode 0600.
 * Made once: a new set makes strangers of all logins.
 */
export interface OperatorKeys {
  readonly version: 1;
  readonly operator: string;
  readonly operatorSigning: string;
  /** Account of server commands: revocation, connection lists. */
  readonly system: string;
  /** Account of coordinator and compressors; the only one with JetStream. */
  readonly coordinator: string;
  /** Account of devices. */
  readonly fleet: string;
  readonly fleetSigning: string;
}

const SEEDS = { operator: 'O', operatorSigning: 'O', system: 'A', coordinator: 'A', fleet: 'A', fleetSigning: 'A' } as const;

/** Fresh keys. */
export function makeOperatorKeys(): OperatorKeys {
  return {
    version: 1,
    operator: seedOf(createOperator()),
    operatorSigning: seedOf(createOperator()),
    system: seedOf(createAccount()),
    coordinator: seedOf(createAccount()),
    fleet: seedOf(createAccount()),
    fleetSigning: seedOf(createAccount()),
  };
}

/** Reads keys back from JSON. @throws FleetError `corrupt` */
export function parseOperatorKeys(json: string): OperatorKeys {
  const read = parsed(json);
  const seed = (name: keyof typeof SEEDS): string => {
    const text = read[name];
    if (typeof text !== 'string' || !isSeed(text, SEEDS[name]))
      throw new FleetError('corrupt', `Cannot read the keys of the message server: "${name}" is no seed of its kind`);
    return text;
  };
  return {
    version: 1,
    operator: seed('operator'),
    operatorSigning: seed('operatorSigning'),
    system: seed('system'),
    coordinator: seed('coordinator'),
    fleet: seed('fleet'),
    fleetSigning: seed('fleetSigning'),
  };
}

/** The public nkey that belongs to a seed. */
export function publicKeyOf(seed: string): string {
  return fromSeed(new TextEncoder().encode(seed)).getPublicKey();
}

export function seedOf(pair: KeyPair): string {
  return new TextDecoder().decode(pair.getSeed());
}

function parsed(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json);
    if (isRecord(value) && value['version'] === 1) return value;
  } catch (cause) {
    throw new FleetError('corrupt', 'Cannot read the keys of the message server: it is no JSON', { cause });
  }
  throw new FleetError('corrupt', 'Cannot read the keys of the message server: it is no version 1');
}

function isSeed(text: string, kind: string): boolean {
  try {
    return publicKeyOf(text).startsWith(kind);
  } catch {
    return false;
  }
}
