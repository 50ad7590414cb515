import { FleetError } from '@fleetfit/core';

export interface RateLimit {
  /** Most calls at once. */
  readonly burst: number;
  readonly perSecond: number;
  /** Monotonic, ms. */
  readonly now: () => number;
}

// A flood from many addresses must not fill the memory: beyond this, those that were quiet longest are forgotten, which favours them.
const MOST_PEERS = 10_000;

/** A token bucket a peer. The returned function takes one token. @throws FleetError `exhausted` when the bucket is empty */
export function limitPeers({ burst, perSecond, now }: RateLimit): (peer: string) => void {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (peer) => {
    const moment = now();
    const old = buckets.get(peer);
    const tokens = old ? Math.min(burst, old.tokens + ((moment - old.at) / 1000) * perSecond) : burst;
    // Moves it to the end: the map is in order of last use.
    buckets.delete(peer);
    buckets.set(peer, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: moment });
    const [oldest] = buckets.keys();
    if (buckets.size > MOST_PEERS && oldest !== undefined) buckets.delete(oldest);
    if (tokens < 1) {
      const seconds = Math.ceil((1 - tokens) / perSecond);
      throw new FleetError('exhausted', 'Cannot answer: too many calls from this address', { next: `try again in ${seconds} s` });
    }
  };
}
