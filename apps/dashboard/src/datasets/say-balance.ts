import { sayCount, sayFixed } from '@fleetfit/sweep/say-numbers';

/** How evenly images are spread over labels, in a sentence; what is out of balance is named. */
export function sayBalance(classes: readonly string[], counts: readonly number[]): string {
  if (counts.length === 0) return `${sayCount(classes.length)} in the order of the model’s outputs`;
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const empty = counts.filter((count) => count === 0).length;
  if (empty > 0)
    return `${sayCount(empty)} of ${sayCount(classes.length)} ${empty === 1 ? 'has' : 'have'} no image: nothing will be known of ${empty === 1 ? 'it' : 'them'}`;
  if (least === most) return `${sayCount(most)} images each`;
  const [few, many] = [classes[counts.indexOf(least)] ?? '', classes[counts.indexOf(most)] ?? ''];
  if (most <= 2 * least) return `${sayCount(least)} to ${sayCount(most)} images each`;
  return `${many} has ${sayFixed(most / least, 1)} times as many images as ${few}: ${sayCount(most)} and ${sayCount(least)}`;
}
