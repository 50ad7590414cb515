import type { Model } from '@fleetfit/onnx';
import type { Field, RowContext } from '../bench.ts';
import type { Kernels } from './answers.ts';
import { evenly, type Fold, foldsOf } from './folds.ts';
import { type Images, joinedImages, readImages } from './images.ts';
import { judgeClassifier } from './judge-classifier.ts';
import { type LabModelName, labFile, labModel } from './lab-models.ts';
import { timeAlternating } from './time-alternating.ts';

interface ClassifierRow {
  readonly model: LabModelName;
  readonly recipe: string;
  readonly naive: string;
  readonly kernels: Kernels;
}

/** Judges a recipe and the naive way on images that fitted neither, and times both beside the original. */
export async function measureClassifier(row: ClassifierRow, context: RowContext): Promise<Record<string, Field>> {
  const { model, images, folds } = await setUp(row.model, context);
  const judged = { model, images, folds, kernels: row.kernels, context };
  context.say(`naive: ${row.naive}`);
  const naive = await judgeClassifier({ ...judged, recipe: row.naive });
  context.say(`ours: ${row.recipe}`);
  const ours = await judgeClassifier({ ...judged, recipe: row.recipe });
  const speed = await timeAlternating({
    models: { original: { model, images }, naive: { model: naive.first, images }, ours: { model: ours.first, images } },
    context,
  });
  return {
    recipe: row.recipe,
    naive_recipe: row.naive,
    kernels: row.kernels,
    ...ours.fields,
    ...Object.fromEntries(Object.entries(naive.fields).map(([key, value]) => [`naive_${key}`, value])),
    ...speed,
    below_naive_points: Number(ours.fields.drop_points) - Number(naive.fields.drop_points),
    against_naive_times: Number(speed.ours_times) / Number(speed.naive_times),
  };
}

interface SetUp {
  readonly model: Model;
  readonly images: Images;
  readonly folds: readonly Fold[];
}

const setUps = new Map<LabModelName, Promise<SetUp>>();

/** Once a model: rows of one model share images, folds, and what passes remember of them. */
function setUp(name: LabModelName, context: RowContext): Promise<SetUp> {
  const known = setUps.get(name) ?? prepare(name, context);
  setUps.set(name, known);
  return known;
}

async function prepare(name: LabModelName, { quick, folders }: RowContext): Promise<SetUp> {
  const { model, sidecar } = labModel(name);
  if (folders) {
    const fits = await readImages(folders.calibration, sidecar);
    const judges = await readImages(folders.validation, sidecar);
    const numbers = (images: Images, from: number): number[] => images.pixels.map((_, i) => from + i);
    const fold = { fits: evenly(numbers(fits, 0), 128), judges: numbers(judges, fits.pixels.length) };
    return { model, images: joinedImages(fits, judges), folds: [fold] };
  }
  const images = await readImages(labFile('imagenet500'), sidecar, quick ? 150 : undefined);
  return { model, images, folds: foldsOf(images.pixels.length, { most: quick ? 64 : 128 }) };
}
