import { type Applied, applyRecipe, compressionPasses } from '@fleetfit/compress';
import { isRefusal, seededRng } from '@fleetfit/core';
import { type Calibration, encodeModel, type Model } from '@fleetfit/onnx';
import { nodeRuntime } from '@fleetfit/runtime-node';
import { parseRecipe } from '@fleetfit/space';
import { pairedCounts, pairedDifferenceInterval } from '@fleetfit/stats';
import { topClasses } from '@fleetfit/vision';
import type { Field, RowContext } from '../bench.ts';
import { answer, type Kernels, opened } from './answers.ts';
import type { Fold } from './folds.ts';
import { calibrationOf, type Images, tensorOf } from './images.ts';

/** A recipe that is judged on images it was not fitted on. */
export interface Judged {
  readonly model: Model;
  readonly images: Images;
  readonly folds: readonly Fold[];
  readonly recipe: string;
  readonly kernels: Kernels;
  readonly context: RowContext;
}

export interface Verdict {
  readonly fields: Readonly<Record<string, Field>>;
  /** What came out of the first fold: for size and speed. */
  readonly first: Model;
}

interface Tally {
  readonly original: boolean[];
  readonly candidate: boolean[];
  agreeing: number;
  signal: number;
  noise: number;
}

/** Fits the recipe once a fold, and pools what the judged images of all folds say. */
export async function judgeClassifier(judged: Judged): Promise<Verdict> {
  const { model, images, folds, context } = judged;
  const tally: Tally = { original: [], candidate: [], agreeing: 0, signal: 0, noise: 0 };
  const wanted = await originalAnswers(model, images);
  const fitted: number[] = [];
  let first: Model | undefined;
  for (const [i, fold] of folds.entries()) {
    context.signal.throwIfAborted();
    const before = performance.now();
    const candidate = (await fit(judged, fold.fits)).model;
    fitted.push((performance.now() - before) / 1000);
    first ??= candidate;
    await judgeOn(candidate, fold.judges, { ...judged, wanted, tally });
    context.say(`fold ${i + 1} of ${folds.length}: agreement ${percent(tally.agreeing / tally.candidate.length)}, SNR ${snrOf(tally)} dB`);
  }
  if (!first) throw new Error('there are no folds');
  return {
    first,
    fields: {
      ...accuracyFields(tally),
      megabytes: encodeModel(first).length / 1e6,
      fit_s: mean(fitted),
      calibration_images: folds[0]?.fits.length ?? 0,
    },
  };
}

/** Judges one model on all images. */
export async function judgeFitted(
  candidate: Model,
  { model, images, kernels }: Pick<Judged, 'model' | 'images' | 'kernels'>,
): Promise<Record<string, Field>> {
  const tally: Tally = { original: [], candidate: [], agreeing: 0, signal: 0, noise: 0 };
  const wanted = await answersTo(model, images);
  await judgeOn(candidate, [...images.pixels.keys()], { images, kernels, wanted, tally });
  return accuracyFields(tally);
}

/** Applies a recipe, fitted on the numbered images. @throws Error where it is refused */
export async function fit(
  { model, images, recipe, context }: Pick<Judged, 'model' | 'images' | 'recipe' | 'context'>,
  fits: Fold['fits'],
): Promise<Applied> {
  const applied = await applyRecipe(model, parseRecipe(recipe), {
    passes: compressionPasses,
    context: {
      runtime: nodeRuntime(),
      threads: 1,
      calibration: sameCalibration(model, images, fits),
      original: model,
      rng: seededRng(recipe),
      signal: context.signal,
      progress: () => {},
    },
  });
  if (isRefusal(applied)) throw new Error(applied.why);
  return applied;
}

const calibrations = new WeakMap<Fold['fits'], Calibration>();

/** The same object for the same images: passes remember with it what they collected. */
function sameCalibration(model: Model, images: Images, fits: Fold['fits']): Calibration {
  const known = calibrations.get(fits) ?? calibrationOf(images, model.graph.inputs[0]?.name ?? '', fits);
  calibrations.set(fits, known);
  return known;
}

// A model and its images stand for the answers of the original: several rows judge against the same.
const remembered = new WeakMap<Model, Promise<readonly Float32Array[]>>();

function originalAnswers(model: Model, images: Images): Promise<readonly Float32Array[]> {
  const known = remembered.get(model) ?? answersTo(model, images);
  remembered.set(model, known);
  return known;
}

async function answersTo(model: Model, images: Images): Promise<readonly Float32Array[]> {
  const session = await opened(model);
  try {
    const answers: Float32Array[] = [];
    for (const i of images.pixels.keys()) answers.push(await answer(session, tensorOf(images, i)));
    return answers;
  } finally {
    await session.close();
  }
}

async function judgeOn(
  candidate: Model,
  judges: readonly number[],
  {
    images,
    kernels,
    wanted,
    tally,
  }: Pick<Judged, 'images' | 'kernels'> & { readonly wanted: readonly Float32Array[]; readonly tally: Tally },
): Promise<void> {
  const session = await opened(candidate, kernels);
  try {
    for (const i of judges) {
      const before = wanted[i] ?? new Float32Array(0);
      const after = await answer(session, tensorOf(images, i));
      const [[was], [is]] = [topClasses(before, 1), topClasses(after, 1)];
      tally.original.push(was === images.labels[i]);
      tally.candidate.push(is === images.labels[i]);
      if (was === is) tally.agreeing++;
      before.forEach((value, j) => {
        tally.signal += value * value;
        tally.noise += (value - (after[j] ?? 0)) ** 2;
      });
    }
  } finally {
    await session.close();
  }
}

function accuracyFields(tally: Tally): Record<string, Field> {
  const { original, candidate, agreeing } = tally;
  const share = (right: readonly boolean[]): number => (100 * right.filter(Boolean).length) / right.length;
  const difference = pairedDifferenceInterval(pairedCounts(original, candidate));
  return {
    images: original.length,
    original_percent: share(original),
    candidate_percent: share(candidate),
    drop_points: -100 * difference.value,
    drop_low_points: -100 * difference.high,
    drop_high_points: -100 * difference.low,
    agreement_percent: (100 * agreeing) / candidate.length,
    snr_db: snrOf(tally),
  };
}

const snrOf = ({ signal, noise }: Tally): number => Number((10 * Math.log10(signal / noise)).toFixed(2));
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
