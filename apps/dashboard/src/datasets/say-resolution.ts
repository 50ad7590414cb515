import { pairedDifferenceInterval } from '@fleetfit/stats';
import { sayCount, sayFixed } from '@fleetfit/sweep/say-numbers';

/** Of images on which a compressed model and its original disagree, in usual sweeps; a loss shows in them alone. */
const DISAGREE = 0.05;

/** What so many validation images can tell: the least loss of accuracy that would surely be seen. */
export function sayResolution(images: number): string {
  return `With ${sayCount(images)} validation images a loss of about ${sayFixed(leastLoss(images), 1)} points or more can be told from chance.`;
}

/** The least loss, in points, whose 95 % interval does not reach 0 any more. */
export function leastLoss(images: number): number {
  const disagree = Math.max(1, Math.round(images * DISAGREE));
  for (let net = 1; net <= images; net++) {
    const lost = Math.min(images, Math.ceil((Math.max(disagree, net) + net) / 2));
    const { high } = pairedDifferenceInterval({ lost, won: lost - net, count: images });
    if (high < 0) return (100 * net) / images;
  }
  return 100;
}
