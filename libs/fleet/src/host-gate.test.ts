import { hostId } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { type Claim, claim, type HostGate, openGate, release } from './host-gate.ts';

const host = hostId('shelf');
const measure = (by: string): Claim => ({ host, kind: 'measure', by });
const work = (by: string): Claim => ({ host, kind: 'work', by });

/** Claims one after another, one millisecond apart, and says who was granted. */
function claimAll(claims: readonly Claim[], from: HostGate = openGate): { gate: HostGate; granted: string[] } {
  let gate = from;
  const granted: string[] = [];
  for (const [at, wanted] of claims.entries()) {
    const turn = claim(gate, wanted, at);
    gate = turn.gate;
    if (turn.granted) granted.push(wanted.by);
  }
  return { gate, granted };
}

describe('host gate', () => {
  it('lets agents of one host measure in turn', () => {
    const { gate, granted } = claimAll([measure('a'), measure('b')]);
    expect(granted).toEqual(['a']);
    expect(claim(release(gate, 'a'), measure('b'), 5).granted).toBe(true);
  });

  it('lets two hosts measure at once', () => {
    expect(claimAll([measure('a'), { ...measure('b'), host: hostId('door') }]).granted).toEqual(['a', 'b']);
  });

  it('never lets a measurement stand beside a compressor, whichever came first', () => {
    expect(claimAll([work('w'), measure('a')]).granted).toEqual(['w']);
    expect(claimAll([measure('a'), work('w')]).granted).toEqual(['a']);
  });

  it('lets compressors share a host', () => {
    expect(claimAll([work('v'), work('w')]).granted).toEqual(['v', 'w']);
  });

  it('serves first come first: work that comes later does not pass a measurement that waits', () => {
    const { gate, granted } = claimAll([work('v'), measure('a'), work('w')]);
    expect(granted).toEqual(['v']);
    const freed = release(gate, 'v');
    expect(claim(freed, work('w'), 10).granted).toBe(false);
    expect(claim(freed, measure('a'), 11).granted).toBe(true);
  });

  it('keeps a place in the queue when the same claim asks again', () => {
    const { gate } = claimAll([work('v'), measure('a'), measure('b'), measure('a')]);
    const freed = release(gate, 'v');
    expect(claim(freed, measure('b'), 10).granted).toBe(false);
    expect(claim(freed, measure('a'), 11).granted).toBe(true);
  });

  it('forgets who no longer asks, so that a dead agent blocks nobody', () => {
    const { gate } = claimAll([work('v'), measure('dead')]);
    expect(claim(gate, work('w'), 3).granted).toBe(false);
    expect(claim(gate, work('w'), 60_000).granted).toBe(true);
  });

  it('grants again what is held already', () => {
    const { gate } = claimAll([measure('a')]);
    expect(claim(gate, measure('a'), 9).granted).toBe(true);
  });
});
