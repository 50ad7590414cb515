import type { HostId } from '@fleetfit/core';
import { type Claim, claim, type HostGate, openGate, release } from '@fleetfit/fleet';
import type { Changes } from './changes.ts';

/** The host gate with a clock, and news of it: who holds a computer is asked and told here, once for the whole coordinator. */
export interface HostDesk {
  /** Undefined when granted; else why not. */
  claim(wanted: Claim): string | undefined;
  release(by: string): void;
  /** Work claims that were not renewed within this time are dropped: their compressor is gone. */
  dropSilentWork(silentMs: number): void;
  /** Claims that hold a computer now. */
  holding(host?: HostId): readonly Claim[];
}

export function openHostDesk(changes: Changes): HostDesk {
  let gate: HostGate = openGate;
  const heardAt = new Map<string, number>();
  const free = (by: string): void => {
    const before = gate;
    gate = release(gate, by);
    heardAt.delete(by);
    // Said only where somebody can use it: who waits for news of hosts gives back what he does not hold, and would wake himself for ever.
    if (gate.holding.length < before.holding.length || gate.waiting.length < before.waiting.length) changes.tell('hosts');
  };
  return {
    claim(wanted) {
      const turn = claim(gate, wanted, performance.now());
      gate = turn.gate;
      if (!turn.granted) return turn.why;
      heardAt.set(wanted.by, performance.now());
      return undefined;
    },
    release: free,
    dropSilentWork(silentMs) {
      const now = performance.now();
      for (const each of gate.holding) if (each.kind === 'work' && now - (heardAt.get(each.by) ?? now) > silentMs) free(each.by);
    },
    holding: (host) => gate.holding.filter((each) => host === undefined || each.host === host),
  };
}
