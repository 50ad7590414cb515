import type { DeviceId } from '@fleetfit/core';
import { PROTOCOL } from '@fleetfit/protocol';

/** Where a device stands when it asks for work. */
export interface Asking {
  readonly device: DeviceId;
  readonly state: 'pending' | 'active' | 'revoked';
  readonly protocol: number;
}

export type Admission = { readonly kind: 'admitted' } | { readonly kind: 'turned'; readonly why: string };

/** Whether a device may have work at all. */
export function admit(asking: Asking): Admission {
  if (asking.state === 'revoked') return { kind: 'turned', why: `device ${asking.device} was revoked` };
  if (asking.state === 'pending') return { kind: 'turned', why: `device ${asking.device} waits for approval` };
  if (asking.protocol !== PROTOCOL) {
    return { kind: 'turned', why: `this agent speaks protocol ${asking.protocol}, the coordinator ${PROTOCOL}: update the agent` };
  }
  return { kind: 'admitted' };
}

/** Job id of one share of a candidate on a class: equal effects meet in the ledger. */
export function jobName(parts: {
  readonly sweep: string;
  readonly candidate: string;
  readonly position: number;
  readonly share: number;
  readonly purpose: 'm' | 'j';
}): string {
  return `${parts.sweep}-${parts.candidate}-${parts.purpose}${parts.position}-${parts.share}`;
}
