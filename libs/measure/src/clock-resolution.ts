import { type Clock, type Milliseconds, milliseconds } from '@fleetfit/core';

/** A clock that is finer than this many readings apart has no step that matters. */
const MOST_READINGS = 100_000;

/**
 * Smallest step that a clock was seen to make: microseconds in node, 5 µs to 1 ms in browsers, which coarsen it on purpose.
 * Takes at most about 20 steps, or 100,000 readings where it stands still.
 */
export function clockResolution(clock: Clock): Milliseconds {
  let least = Number.POSITIVE_INFINITY;
  let before = clock.monotonic();
  let steps = 0;
  for (let readings = 0; readings < MOST_READINGS && steps < 20; readings++) {
    const now = clock.monotonic();
    if (now > before) {
      least = Math.min(least, now - before);
      steps++;
    }
    before = now;
  }
  return milliseconds(Number.isFinite(least) ? least : 0);
}
