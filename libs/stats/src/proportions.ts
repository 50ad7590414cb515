import { FleetError } from '@fleetfit/core';
import { type Interval, NORMAL_95 } from './interval.ts';

/** A share of successes, such as top-1 accuracy, with its 95 % interval (Wilson 1927): sound near 0 and 1, where the textbook one is not. */
export function proportionInterval(successes: number, count: number): Interval {
  if (!(count > 0 && successes >= 0 && successes <= count))
    throw new FleetError('invalid', `Cannot take a share: ${successes} of ${count}`);
  const p = successes / count;
  const z2 = NORMAL_95 ** 2 / count;
  const centre = (p + z2 / 2) / (1 + z2);
  const half = (NORMAL_95 * Math.sqrt((p * (1 - p)) / count + z2 / (4 * count))) / (1 + z2);
  // Rounding must not push a bound past what it encloses, nor out of 0..1.
  return { value: p, low: Math.max(0, Math.min(p, centre - half)), high: Math.min(1, Math.max(p, centre + half)) };
}

/** Two models on the same images: how often they differ in being right. */
export interface PairedCounts {
  /** Images that only the original gets right. */
  readonly lost: number;
  /** Images that only the candidate gets right. */
  readonly won: number;
  /** All images. */
  readonly count: number;
}

/**
 * Change of accuracy from the original to the candidate, (won - lost) / count, with its 95 % interval: the adjusted Wald interval of
 * Bonett and Price 2012. Far narrower than the difference of two intervals, since most images are right or wrong under both.
 */
export function pairedDifferenceInterval({ lost, won, count }: PairedCounts): Interval {
  if (!(count > 0 && lost >= 0 && won >= 0 && lost + won <= count))
    throw new FleetError('invalid', `Cannot compare: ${lost} lost and ${won} won of ${count}`);
  const value = (won - lost) / count;
  const up = (won + 1) / (count + 2);
  const down = (lost + 1) / (count + 2);
  const half = NORMAL_95 * Math.sqrt((up + down - (up - down) ** 2) / (count + 2));
  return { value, low: Math.max(-1, Math.min(value, up - down - half)), high: Math.min(1, Math.max(value, up - down + half)) };
}

/** Counts the pairs. @throws FleetError `invalid` when the two are not of the same images */
export function pairedCounts(original: readonly boolean[], candidate: readonly boolean[]): PairedCounts {
  if (original.length !== candidate.length)
    throw new FleetError('invalid', `Cannot compare: ${original.length} images on one side and ${candidate.length} on the other`);
  const lost = original.filter((right, image) => right && !candidate[image]).length;
  const won = candidate.filter((right, image) => right && !original[image]).length;
  return { lost, won, count: original.length };
}
