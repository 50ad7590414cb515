import type { HostId } from '@fleetfit/core';

/** What wants a computer for itself: a measurement alone, compression beside other compression. */
export interface Claim {
  readonly host: HostId;
  readonly kind: 'measure' | 'work';
  /** Attempt or work id: asking again under the same name keeps the place in the queue. */
  readonly by: string;
}

interface Waiting extends Claim {
  readonly since: number;
  readonly askedAt: number;
}

/**
 * Who uses which computer: agents of one host measure in turn, and never beside a compressor of that host, since neighbours spoil numbers.
 * A first-come queue of readers (compressors) and writers (measurements) in which nobody starves. Plain data: made again from the ledger after a restart.
 */
export interface HostGate {
  readonly holding: readonly Claim[];
  readonly waiting: readonly Waiting[];
}

export const openGate: HostGate = { holding: [], waiting: [] };

export type Turn =
  | { readonly gate: HostGate; readonly granted: true }
  | { readonly gate: HostGate; readonly granted: false; readonly why: string };

/** A claim that has not been renewed for this long has left the queue. */
const FORGOTTEN_MS = 5_000;

/**
 * Asks for a host. Granted when nothing in the way holds it and nobody who asked earlier waits for it;
 * otherwise the claim waits, and the caller asks again.
 * @param now monotonic, ms
 */
export function claim(gate: HostGate, wanted: Claim, now: number): Turn {
  const waiting = gate.waiting.filter((each) => now - each.askedAt <= FORGOTTEN_MS);
  const held = gate.holding.filter((each) => each.host === wanted.host && each.by !== wanted.by);
  const mine = waiting.find((each) => each.by === wanted.by);
  const since = mine?.since ?? now;
  const rest = waiting.filter((each) => each.by !== wanted.by);
  const inTheWay = held.find((each) => !canShare(each, wanted));
  const earlier = rest.find((each) => each.host === wanted.host && each.since < since && !canShare(each, wanted));
  if (!inTheWay && !earlier) {
    const holding = [...gate.holding.filter((each) => each.by !== wanted.by), { host: wanted.host, kind: wanted.kind, by: wanted.by }];
    return { gate: { holding, waiting: rest }, granted: true };
  }
  return {
    gate: { holding: gate.holding, waiting: [...rest, { ...wanted, since, askedAt: now }] },
    granted: false,
    why: whyNot(inTheWay ?? earlier),
  };
}

/** Gives a host back; what does not hold one is left alone, so that it may be said twice. */
export function release(gate: HostGate, by: string): HostGate {
  return { holding: gate.holding.filter((each) => each.by !== by), waiting: gate.waiting.filter((each) => each.by !== by) };
}

const canShare = (one: Claim, other: Claim): boolean => one.kind === 'work' && other.kind === 'work';

function whyNot(claimed: Claim | undefined): string {
  return claimed?.kind === 'work' ? 'a compressor works on this computer' : 'another device measures on this computer';
}
