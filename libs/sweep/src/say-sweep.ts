import type { Constraints } from '@fleetfit/space';
import type { Standing } from './choose-best.ts';
import { speedVerdict } from './figures.ts';
import { sayBytes, sayCount, sayFixed, sayLatency, sayPoints, sayThreeDigits } from './say-numbers.ts';
import { ORIGINAL_ID, type SweepState } from './state.ts';

/** What a sweep is for, in one sentence: `At most 20 ms on shelf cameras; lose at most 1.0 point of top-1 on 400 images; then as fast as possible.` */
export function sayGoal(state: SweepState): string {
  const { definition, classes, dataset } = state.setup;
  const own = classes.flatMap(({ id, label }) => {
    const limit = definition.classConstraints[id]?.latencyMs;
    return limit === undefined ? [] : [`${sayLatency(limit)} on ${label}`];
  });
  const everywhere = definition.constraints.latencyMs;
  if (everywhere !== undefined) own.unshift(`${sayLatency(everywhere)}${own.length > 0 ? ' elsewhere' : ''}`);
  const images = sayCount(Math.min(dataset.images.validation, definition.images));
  const drop = definition.constraints.accuracyDropPoints;
  const parts = [
    own.length > 0 ? `at most ${own.join(', ')}` : '',
    definition.constraints.sizeBytes === undefined ? '' : `at most ${sayBytes(definition.constraints.sizeBytes)}`,
    drop === undefined ? '' : `lose at most ${sayFixed(drop, 1)} ${drop === 1 ? 'point' : 'points'} of top-1 on ${images} images`,
    'then as fast as possible',
  ].filter((part) => part !== '');
  const sentence = parts.join('; ');
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}

/** The answer for a class, in one or two sentences. */
export function sayBest(best: Standing, limits: Constraints, fastest: Standing = best): string {
  if (best.candidate === ORIGINAL_ID) return 'Ship the original: nothing measured so far is faster inside the limits.';
  const doubt = sayDoubt(best, limits);
  return `Ship ${best.candidate}: ${saySpeedOf(best)} and ${sayAccuracyOf(best)}; ${sayBytes(best.bytes)}.${sayInstead(best, fastest)}${doubt === undefined ? '' : ` Unclear: ${doubt}.`}`;
}

/** Why the one that looks fastest is not the one. */
function sayInstead(best: Standing, fastest: Standing): string {
  if (fastest.candidate === best.candidate) return '';
  const accuracy = ({ figures }: Standing): number => figures.accuracy?.value ?? 0;
  const name = fastest.candidate === ORIGINAL_ID ? 'The original' : fastest.candidate;
  return ` ${name} is no faster as far as was measured, and ${accuracy(fastest) < accuracy(best) ? 'less accurate' : 'larger'}.`;
}

function saySpeedOf({ figures }: Standing): string {
  switch (speedVerdict(figures.speed)) {
    case 'faster':
      return `${sayThreeDigits(figures.speed.value)} times as fast as the original`;
    case 'slower':
      return `${sayThreeDigits(1 / figures.speed.value)} times slower than the original`;
    case 'no difference':
      return 'as fast as the original';
    default:
      return 'neither faster nor slower than the original as far as was measured';
  }
}

function sayAccuracyOf({ figures }: Standing): string {
  const change = figures.accuracyChange;
  if (!change) return 'its accuracy was not measured';
  if (change.low > 0) return `${sayPoints(change.value)} points more accurate`;
  if (change.high < 0) return `${sayPoints(-change.value)} points less accurate`;
  return 'no less accurate as far as these images can show';
}

/** What more measuring would settle of a limit; undefined where there is nothing to settle. */
export function sayDoubt({ figures }: Standing, limits: Constraints): string | undefined {
  const worst = -(figures.accuracyChange?.low ?? 0);
  const limit = limits.accuracyDropPoints;
  if (limit === undefined || worst <= limit) return undefined;
  return `it may lose up to ${sayFixed(worst, 1)} points; more images would settle it`;
}
