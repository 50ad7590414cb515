import { compressionPasses, spaceOfModel } from '@fleetfit/compress';
import { deviceClassId } from '@fleetfit/core';
import { encodeModel, type Model } from '@fleetfit/onnx';
import { type Goal, makeSampler, samplerNames } from '@fleetfit/search';
import { formatRecipe, type Recipe } from '@fleetfit/space';
import { exactEstimate, hypervolume, intervalEstimate, median, medianInterval, proportionEstimate } from '@fleetfit/stats';
import { topClasses } from '@fleetfit/vision';
import type { Bench, Check, Field, Row, RowContext, RowPlan } from './bench.ts';
import { answer, opened } from './compress/answers.ts';
import { type Images, readImages, tensorOf } from './compress/images.ts';
import { fit } from './compress/judge-classifier.ts';
import { labFile, labModel } from './compress/lab-models.ts';

const CLASS = deviceClassId('this-computer');
const BUDGET = 150;
const BATCH = 8;
const SEEDS = [0, 1, 2];
const METHODS = ['tetra', 'tpe', 'random'];
/** The dataset begins with 1,000 test images, of which 500 judge; the 100 that candidates are fitted on come after, from training. */
const JUDGED = 500;
const FITTED = Array.from({ length: 100 }, (_, i) => 1_000 + i);
/** A constraint that most users have: at most one point is lost. */
const MOST_LOST = 0.01;

/**
 * A sweep as users start it, without the fleet: every recipe that the compression passes offer for resnet20 on CIFAR-10, applied, its
 * accuracy on 500 images and its latency beside the original's really measured. Nothing of it was made to suit a sampler.
 */
export const bench: Bench = {
  about: 'how many real measurements samplers need on resnet20 (CIFAR-10), by accuracy and latency as measured here',
  rows: methods().flatMap((method) =>
    SEEDS.map((seed) => ({ name: rowName(method, seed), long: seed > 0, measure: measureSweep(method, seed) })),
  ),
  checks: (rows) =>
    methods()
      .filter((method) => method !== 'tetra')
      .flatMap((peer) => checksAgainst(rows, peer)),
};

function methods(): readonly string[] {
  return METHODS.filter((name) => samplerNames.includes(name));
}

function rowName(method: string, seed: number): string {
  return `resnet20 ${method} seed${seed}`;
}

function measureSweep(method: string, seed: number): RowPlan['measure'] {
  return async (context) => {
    const real = await openReal();
    const space = spaceOfModel(real.model, compressionPasses);
    const goal: Goal = {
      objectives: ['accuracy', 'latency'],
      limits: { accuracyDrop: MOST_LOST },
      original: { accuracy: real.accuracy, latency: { [CLASS]: real.nominalMs }, size: encodeModel(real.model).length },
      chance: 0.1,
    };
    const sampler = makeSampler(method, { space, seed, classes: [CLASS], goal, budget: BUDGET });
    const found: Found[] = [];
    const budget = context.quick ? 24 : BUDGET;
    while (found.length < budget) {
      const asks = sampler.ask(Math.min(BATCH, budget - found.length));
      if (asks.length === 0) break;
      for (const { recipe, fidelity } of asks) {
        context.signal.throwIfAborted();
        const one = await evaluate(real, recipe, context);
        found.push(one);
        sampler.tell([{ recipe: formatRecipe(recipe), deviceClass: CLASS, outcome: one.outcome, fidelity }]);
      }
      context.say(`${found.length} of ${budget}: hypervolume ${volumeOf(found).toFixed(4)}`);
    }
    return fieldsOf(space.knobs.length, found);
  };
}

interface Real {
  readonly model: Model;
  readonly images: Images;
  /** Of the original, on the judged images. */
  readonly accuracy: number;
  readonly nominalMs: number;
}

let real: Promise<Real> | undefined;
const openReal = (): Promise<Real> => (real ??= measureOriginal());

async function measureOriginal(): Promise<Real> {
  const { model, sidecar } = labModel('resnet20-cifar10');
  const images = await readImages(labFile('cifar10'), sidecar, 1_100);
  const session = await opened(model);
  try {
    const accuracy = (await rightAnswers({ images }, model)) / JUDGED;
    const times: number[] = [];
    for (let i = 0; i < 60; i++) {
      const before = performance.now();
      await answer(session, tensorOf(images, i));
      times.push(performance.now() - before);
    }
    return { model, images, accuracy, nominalMs: median(times) };
  } finally {
    await session.close();
  }
}

interface Found {
  readonly outcome: Parameters<ReturnType<typeof makeSampler>['tell']>[0][number]['outcome'];
  /** Accuracy lost, a fraction; latency as a share of the original's. Undefined where it was refused. */
  readonly drop?: number;
  readonly ratio?: number;
}

async function evaluate(of: Real, recipe: Recipe, context: RowContext): Promise<Found> {
  const { model, images, accuracy, nominalMs } = of;
  try {
    const candidate = (await fit({ model, images, recipe: formatRecipe(recipe), context }, FITTED)).model;
    const right = await rightAnswers(of, candidate);
    const ratio = await ratioOf(of, candidate);
    const latency = intervalEstimate({ value: ratio.value * nominalMs, low: ratio.low * nominalMs, high: ratio.high * nominalMs }, ROUNDS);
    const metrics = { accuracy: proportionEstimate(right, JUDGED), latency, size: exactEstimate(encodeModel(candidate).length) };
    return { outcome: { kind: 'measured', metrics }, drop: accuracy - right / JUDGED, ratio: ratio.value };
  } catch (thrown) {
    if (context.signal.aborted) throw thrown;
    return { outcome: { kind: 'refused', why: thrown instanceof Error ? thrown.message : String(thrown) } };
  }
}

async function rightAnswers({ images }: Pick<Real, 'images'>, model: Model): Promise<number> {
  const session = await opened(model);
  try {
    let right = 0;
    for (let i = 0; i < JUDGED; i++) {
      const [top] = topClasses(await answer(session, tensorOf(images, i)), 1);
      if (top === images.labels[i]) right++;
    }
    return right;
  } finally {
    await session.close();
  }
}

const ROUNDS = 40;

/** The candidate's time beside the original's, in turn, so that what else the machine does falls on both. */
async function ratioOf({ model, images }: Real, candidate: Model) {
  const [before, after] = [await opened(model), await opened(candidate)];
  try {
    const ratios: number[] = [];
    for (let round = -5; round < ROUNDS; round++) {
      const image = tensorOf(images, round + 5);
      const times: number[] = [];
      for (const session of [before, after]) {
        const start = performance.now();
        await answer(session, image);
        times.push(performance.now() - start);
      }
      if (round >= 0) ratios.push((times[1] ?? 0) / (times[0] ?? 1));
    }
    return medianInterval(ratios);
  } finally {
    await before.close();
    await after.close();
  }
}

/** Area under 10 points lost and the original's latency, as a share of it. */
function volumeOf(found: readonly Found[]): number {
  const points = found.flatMap(({ drop, ratio }): [number, number][] =>
    drop === undefined || ratio === undefined ? [] : [[Math.max(0, drop), ratio]],
  );
  return hypervolume(points, [0.1, 1]) / 0.1;
}

/** The least latency, as a share of the original's, of those that lose at most a point. */
function bestOf(found: readonly Found[]): number {
  return Math.min(
    1,
    ...found.flatMap(({ drop, ratio }) => (drop !== undefined && ratio !== undefined && drop <= MOST_LOST ? [ratio] : [])),
  );
}

function fieldsOf(knobs: number, found: readonly Found[]): Readonly<Record<string, Field>> {
  const along = (figure: (found: readonly Found[]) => number): number[] => found.map((_, i) => figure(found.slice(0, i + 1)));
  return {
    knobs,
    evaluations: found.length,
    refused: found.filter(({ ratio }) => ratio === undefined).length,
    hypervolume: volumeOf(found),
    best_ratio: bestOf(found),
    hypervolumes: along(volumeOf),
    best_ratios: along(bestOf),
  };
}

function checksAgainst(rows: ReadonlyMap<string, Row>, peer: string): Check[] {
  return [
    fewer(rows, { name: `evaluations of tetra beside ${peer} to the same hypervolume, median`, peer, field: 'hypervolumes', sign: 1 }),
    fewer(rows, {
      name: `evaluations of tetra beside ${peer} to the same best within a point, median`,
      peer,
      field: 'best_ratios',
      sign: -1,
    }),
  ];
}

interface Compared {
  readonly name: string;
  readonly peer: string;
  readonly field: string;
  /** 1: larger is better. */
  readonly sign: 1 | -1;
}

/** Both are followed to what the worse of the two reached in the end. */
function fewer(rows: ReadonlyMap<string, Row>, { name, peer, field, sign }: Compared): Check {
  const ratios = SEEDS.flatMap((seed) => {
    const [mine, theirs] = ['tetra', peer].map((method) => rows.get(rowName(method, seed))?.fields[field]);
    if (!isList(mine) || !isList(theirs)) return [];
    const target = Math.min(sign * (mine.at(-1) ?? 0), sign * (theirs.at(-1) ?? 0));
    const until = (values: readonly number[]): number => 1 + values.findIndex((value) => sign * value >= target);
    return [until(mine) / until(theirs)];
  });
  const target = '< 1';
  if (ratios.length === 0) return { name, value: null, unit: 'times', target, holds: 'not judged', reason: 'its rows were not measured' };
  return { name: `${name} (${ratios.length} seeds)`, value: median(ratios), unit: 'times', target, holds: median(ratios) < 1 };
}

const isList = (field: Field | undefined): field is readonly number[] => Array.isArray(field);
