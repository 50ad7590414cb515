import { pairedDifferenceInterval } from '@fleetfit/stats';

/** Whether each image was answered right, `1` or `0`, by the original and by a candidate. */
interface Answers {
  readonly original: string;
  readonly candidate: string;
}

/**
 * Whether these images show that a candidate loses more accuracy than it may: the whole 95 % interval of its change is beyond the limit, so that
 * more images would hardly save it.
 * @param most points
 */
export function losesForSure(answers: readonly Answers[], most: number): boolean {
  let [lost, won, count] = [0, 0, 0];
  for (const { original, candidate } of answers) {
    for (let image = 0; image < Math.min(original.length, candidate.length); image++) {
      count++;
      if (original[image] === '1' && candidate[image] === '0') lost++;
      if (original[image] === '0' && candidate[image] === '1') won++;
    }
  }
  return count > 0 && 100 * pairedDifferenceInterval({ lost, won, count }).high < -most;
}
