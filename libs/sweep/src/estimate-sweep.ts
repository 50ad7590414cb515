import type { DeviceClassId } from '@fleetfit/core';
import { pointsOf } from '@fleetfit/space';
import { type Aim, chooseBest, standingsOn } from './choose-best.ts';
import type { SweepSetup } from './events.ts';
import { sayLatency, sayThreeDigits } from './say-numbers.ts';
import { ORIGINAL_ID, type SweepState } from './state.ts';
import type { Change } from './views.ts';

/** What is likely of a goal on a class. */
export type Outlook = 'met already' | 'likely' | 'possible' | 'unlikely' | 'unknown';

export interface ClassOutlook {
  readonly id: DeviceClassId;
  readonly originalMs?: Change | undefined;
  readonly foundSpeed?: number | undefined;
  readonly limitMs?: number | undefined;
  readonly outlook: Outlook;
  readonly why: string;
}

export interface Estimated {
  /** Undefined past {@link MOST_COUNTED}. */
  readonly recipes: number | undefined;
  readonly candidates: number;
  readonly classes: readonly ClassOutlook[];
  readonly time: Change | undefined;
  readonly deviceMs: number | undefined;
  readonly images: number;
  readonly tellsPoints: number;
}

/** Points of a space up to which they are counted one by one. */
const MOST_COUNTED = 20_000;
/** How many times as fast compression makes a model at best, as a rule: past it a goal is called unlikely. */
const HARDLY_EVER = 6;
/** Share of images whose answer a mild compression changes: what decides how small a loss can be told. */
const CHANGING = 0.02;
/** Loading, the first run and the report, ms. */
const AROUND_A_JOB = 2_500;

/**
 * What a sweep would take, and whether its goal is likely to be met, from what earlier sweeps of the same model found. Where none says how
 * long the original takes on a class, that class is unknown: its first measurement tells.
 */
export function estimateSweep(setup: SweepSetup, earlier: readonly SweepState[], aim: Aim = 'latency'): Estimated {
  const { definition, dataset, space } = setup;
  const known = earlier.filter((each) => each.setup.model.id === setup.model.id);
  const images = Math.min(definition.images, dataset.images.validation);
  const recipes = definition.recipes?.length ?? countPoints(space);
  const candidates = Math.min(definition.recipes?.length ?? definition.candidates, recipes ?? Number.POSITIVE_INFINITY);
  const classes = setup.classes.map(({ id }) => outlookOn(setup, id, { known, aim }));
  const busy = setup.classes.map(({ devices }, at) => {
    const original = classes[at]?.originalMs?.value;
    return original === undefined ? undefined : (candidates + 1) * jobMs(definition.measure, { original, images: images / devices });
  });
  const deviceMs = busy.includes(undefined) ? undefined : Math.max(...busy.map(Number));
  return {
    recipes,
    candidates,
    classes,
    time: timeOf(candidates, known, deviceMs),
    deviceMs,
    images,
    tellsPoints: (196 * Math.sqrt(CHANGING)) / Math.sqrt(Math.max(1, images)),
  };
}

function countPoints(space: SweepSetup['space']): number | undefined {
  let count = 0;
  for (const _ of pointsOf(space)) if (++count > MOST_COUNTED) return undefined;
  // The first point is the original, which is no candidate.
  return Math.max(1, count - 1);
}

function outlookOn(
  setup: SweepSetup,
  id: DeviceClassId,
  { known, aim }: { readonly known: readonly SweepState[]; readonly aim: Aim },
): ClassOutlook {
  const { constraints, classConstraints } = setup.definition;
  const limitMs = { ...constraints, ...classConstraints[id] }.latencyMs;
  const measured = known.flatMap((state) => standingsOn(state, id).filter((each) => each.candidate === ORIGINAL_ID));
  const latency = measured.at(-1)?.figures.latencyMs;
  const originalMs = latency && { value: latency.value, low: latency.low, high: latency.high };
  const bests = known.flatMap((state) => chooseBest(state, id) ?? []);
  const foundSpeed = bests.length === 0 ? undefined : Math.max(...bests.map((each) => each.figures.speed.value));
  return { id, originalMs, foundSpeed, limitMs, ...judge({ originalMs: originalMs?.value, foundSpeed, limitMs, aim }) };
}

interface Facts {
  readonly originalMs: number | undefined;
  readonly foundSpeed: number | undefined;
  readonly limitMs: number | undefined;
  readonly aim: Aim;
}

function judge({ originalMs, foundSpeed, limitMs, aim }: Facts): { readonly outlook: Outlook; readonly why: string } {
  const found = foundSpeed === undefined || foundSpeed < 1.005 ? undefined : `an earlier sweep found ${sayThreeDigits(foundSpeed)}×`;
  if (limitMs === undefined)
    return {
      outlook: found ? 'likely' : 'unknown',
      why: found ?? (aim === 'latency' ? 'no limit of latency: as fast as can be' : 'no limit'),
    };
  if (originalMs === undefined) return { outlook: 'unknown', why: 'not measured yet; the sweep measures the original first' };
  const needs = originalMs / limitMs;
  if (needs <= 1) return { outlook: 'met already', why: `the original takes ${sayLatency(originalMs)}` };
  const need = `needs ${sayThreeDigits(needs)}×`;
  if (foundSpeed !== undefined && foundSpeed >= needs) return { outlook: 'likely', why: `${need}; ${found ?? 'found before'}` };
  if (needs > HARDLY_EVER) return { outlook: 'unlikely', why: `${need}; compression hardly ever gives that` };
  return { outlook: 'possible', why: found ? `${need}; ${found}` : `${need}; no candidate was tried here yet` };
}

interface Measuring {
  readonly blocks: number;
  readonly blockMs: number;
  readonly warmUpMs: number;
}

// Blocks of the candidate and of the control around them, each at least five runs; then the images once.
function jobMs(
  { blocks, blockMs, warmUpMs }: Measuring,
  { original, images }: { readonly original: number; readonly images: number },
): number {
  return 2 * warmUpMs + 2 * blocks * Math.max(blockMs, 5 * original) + images * original + AROUND_A_JOB;
}

/** From the gaps between candidates of earlier sweeps of the model; without any, from the device that is busy longest, and roughly. */
function timeOf(candidates: number, known: readonly SweepState[], deviceMs: number | undefined): Change | undefined {
  const gaps = known.flatMap(({ startedAt, overAt }) => overAt.map((end, at) => end - (overAt[at - 1] ?? startedAt)));
  if (gaps.length >= 4) {
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / (gaps.length - 1);
    const [value, half] = [mean * candidates, 1.28 * Math.sqrt(variance * candidates)];
    // Whatever earlier sweeps took, it takes no less than the device that is busy longest.
    const least = deviceMs ?? 0;
    return { value: Math.max(least, value), low: Math.max(0.7 * least, value - half), high: Math.max(1.5 * least, value + half) };
  }
  return deviceMs === undefined ? undefined : { value: 1.2 * deviceMs, low: 0.8 * deviceMs, high: 2 * deviceMs };
}
