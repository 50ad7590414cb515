import type { Constraints } from '@fleetfit/space';
import { aimOf, type Standing } from './choose-best.ts';
import { speedVerdict } from './figures.ts';
import { sayBytes, sayCount, sayFixed, sayLatency, sayPoints, saySpeedInterval, sayThreeDigits } from './say-numbers.ts';
import { ORIGINAL_ID, type SweepState } from './state.ts';

const THEN = { latency: 'then as fast as possible', size: 'then as small as possible', memory: 'then with as little memory as possible' };

/** What a sweep is for, in one sentence: `At most 20 ms on shelf cameras; lose at most 1.0 point of top-1 on 400 images; then as fast as possible.` */
export function sayGoal(state: SweepState): string {
  const { definition, classes, dataset } = state.setup;
  const own = classes.flatMap(({ id, label }) => {
    const limit = definition.classConstraints[id]?.latencyMs;
    return limit === undefined ? [] : [`${sayLimit(limit)} on ${shortLabel(label, classes)}`];
  });
  const everywhere = definition.constraints.latencyMs;
  if (everywhere !== undefined) own.unshift(`${sayLimit(everywhere)}${own.length > 0 ? ' elsewhere' : ''}`);
  const images = sayCount(Math.min(dataset.images.validation, definition.images));
  const drop = definition.constraints.accuracyDropPoints;
  const parts = [
    own.length > 0 ? `at most ${joined(own)}` : '',
    definition.constraints.sizeBytes === undefined ? '' : `at most ${sayBytes(definition.constraints.sizeBytes)}`,
    drop === undefined ? '' : `lose at most ${sayFixed(drop, 1)} ${drop === 1 ? 'point' : 'points'} of top-1 on ${images} images`,
    THEN[aimOf(state)],
  ].filter((part) => part !== '');
  const sentence = parts.join('; ');
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}

/** A limit as a person typed it: `20 ms`, not `20.0 ms`. */
const sayLimit = (ms: number): string =>
  sayLatency(ms)
    .replace(/(\.\d*?)0+ /, '$1 ')
    .replace('. ', ' ');

/** The chip alone, where no other class has the same. */
function shortLabel(label: string, classes: readonly { readonly label: string }[]): string {
  const [chip = label] = label.split(', ');
  return classes.filter((each) => each.label.startsWith(`${chip},`)).length > 1 ? label : chip;
}

function joined(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}

/** The answer for a class, in one to three sentences: what to ship, why not the one that looks better, what is not shown yet. */
export function sayBest(best: Standing, limits: Constraints, first: Standing = best): string {
  const instead = sayInstead(best, first, limits);
  if (best.candidate === ORIGINAL_ID) return `Ship the original: nothing was shown to be better inside the limits.${instead}`;
  const doubt = sayDoubt(best, limits);
  return `Ship ${best.candidate}: ${saySpeedOf(best)} and ${sayAccuracyOf(best)}; ${sayBytes(best.bytes)}.${instead}${doubt === undefined ? '' : ` Unclear: ${doubt}.`}`;
}

/** Why the one that by the best guess is first is not the one. */
function sayInstead(best: Standing, first: Standing, limits: Constraints): string {
  if (first.candidate === best.candidate) return '';
  if (first.candidate === ORIGINAL_ID) return ` The original is no better as far as was measured, and ${sayWorse(first, best)}.`;
  const gain = best.figures.latencyMs.value / first.figures.latencyMs.value;
  const doubt = sayDoubt(first, limits);
  if (doubt !== undefined && sayDoubt(best, limits) === undefined)
    return ` ${first.candidate} ${sayLess(gain)}${doubt.replace(/^it /, '')}.`;
  if (first.figures.speed.low <= 1 && gain > 1.05)
    return ` ${first.candidate} may be ${sayThreeDigits(first.figures.speed.value)} times as fast as the original, but that is not shown yet.`;
  return ` ${first.candidate} is no better as far as was measured, and ${sayWorse(first, best)}.`;
}

const sayLess = (gain: number): string => (gain > 1.005 ? `needs ${sayFixed(100 - 100 / gain, 0)} % less time but ` : '');

function sayWorse(first: Standing, best: Standing): string {
  const accuracy = ({ figures }: Standing): number => figures.accuracy?.value ?? 0;
  return accuracy(first) < accuracy(best) ? 'less accurate' : first.bytes > best.bytes ? 'larger' : 'found later';
}

/** From how many times as fast on a best guess is worth telling although its interval holds 1. */
const WORTH_TELLING = 1.05;

function saySpeedOf({ figures: { speed } }: Standing): string {
  switch (speedVerdict(speed)) {
    case 'faster':
      return `${sayThreeDigits(speed.value)} times as fast as the original`;
    case 'slower':
      return `${sayThreeDigits(1 / speed.value)} times slower than the original`;
    case 'no difference':
      return 'as fast as the original';
    default:
      return speed.value >= WORTH_TELLING
        ? `perhaps ${sayThreeDigits(speed.value)} times as fast as the original (${saySpeedInterval(speed)}, not shown yet)`
        : 'neither faster nor slower than the original as far as was measured';
  }
}

function sayAccuracyOf({ figures }: Standing): string {
  const change = figures.accuracyChange;
  if (!change) return 'its accuracy was not measured';
  if (change.low > 0) return `${sayPoints(change.value)} points more accurate`;
  if (change.high < 0) return `${sayPoints(-change.value)} points less accurate`;
  return 'no less accurate as far as these images can show';
}

/** What more measuring would settle of the limits; undefined where there is nothing to settle. */
export function sayDoubt({ figures }: Standing, limits: Constraints): string | undefined {
  const worst = -(figures.accuracyChange?.low ?? 0);
  const { accuracyDropPoints: drop, latencyMs: time } = limits;
  const doubts: string[] = [];
  if (drop !== undefined && worst > drop) doubts.push(`it may lose up to ${sayFixed(worst, 1)} points; more images would settle it`);
  const slowest = figures.latencyMs.high;
  if (time !== undefined && slowest > time && figures.latencyMs.value <= time)
    doubts.push(`it may take up to ${sayLatency(slowest)}; more runs would settle it`);
  return doubts.length === 0 ? undefined : doubts.join(', and ');
}
