import { type Milliseconds, milliseconds } from '@fleetfit/core';
import type { TimePort } from '../ports.ts';

/** Time that a test moves by hand. Nothing ever really waits. */
export interface PlayedTime extends TimePort {
  /** Moves on by so much, waking every sleeper in its turn and letting what it wakes run on. */
  advance(by: number): Promise<void>;
  /** Lets everything run that does not wait for time. */
  settle(): Promise<void>;
}

export function playedTime(): PlayedTime {
  let now = 0;
  const sleepers = new Set<{ readonly due: number; readonly wake: () => void }>();
  const read = (): Milliseconds => milliseconds(now);
  // A few turns of the event loop: enough for any chain of promises that does not wait for time.
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  };
  return {
    now: read,
    monotonic: read,
    sleep: (time, signal) =>
      new Promise((resolve) => {
        if (signal.aborted || time <= 0) return resolve();
        const sleeper = { due: now + time, wake: () => finish() };
        const finish = (): void => {
          sleepers.delete(sleeper);
          signal.removeEventListener('abort', finish);
          resolve();
        };
        sleepers.add(sleeper);
        signal.addEventListener('abort', finish);
      }),
    settle,
    async advance(by) {
      const until = now + by;
      await settle();
      for (;;) {
        const [next] = [...sleepers].sort((a, b) => a.due - b.due);
        if (!next || next.due > until) break;
        now = next.due;
        next.wake();
        await settle();
      }
      now = until;
    },
  };
}
