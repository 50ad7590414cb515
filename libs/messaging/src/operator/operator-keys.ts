import { FleetError } from '@fleetfit/core';

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

export function makeOperatorKeys(): OperatorKeys {
  throw new FleetError('bug', 'Cannot make keys: not built yet');
}

/** Reads keys back from JSON. @throws FleetError `corrupt` */
export function parseOperatorKeys(_json: string): OperatorKeys {
  throw new FleetError('bug', 'Cannot read keys: not built yet');
}
