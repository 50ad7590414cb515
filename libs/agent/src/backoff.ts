import { type Milliseconds, milliseconds, type Rng } from '@fleetfit/core';

const FIRST = 500;
const LONGEST = 60_000;

/**
 * How long to wait after so many failures in a row: at random up to a ceiling that doubles from half a second to a minute ("full jitter",
 * Brooker 2015), so that a fleet that lost its coordinator does not come back in one moment.
 */
export function backoff(failures: number, rng: Rng): Milliseconds {
  const ceiling = Math.min(LONGEST, FIRST * 2 ** Math.max(0, failures - 1));
  return milliseconds(Math.ceil(ceiling * rng.next()));
}
