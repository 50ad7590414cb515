import { FleetError } from '@fleetfit/core';
import type { ModelFiles, Runtime, Session, ValueInfo } from '@fleetfit/runtime';
import { type Interval, pairedCounts, pairedDifferenceInterval, proportionInterval } from '@fleetfit/stats';
import { rankOf } from './classify.ts';
import type { DatasetIndex, IndexedImage } from './dataset-index.ts';
import { mapInTurn } from './in-turn.ts';
import { type Guess, intakeGuesses } from './intake-guesses.ts';
import { prepareImages } from './prepare.ts';
import type { ReadImage } from './read-images.ts';
import { type Geometry, preparationOf, type Sidecar } from './sidecar.ts';

export interface ExamineOptions {
  readonly runtime: Runtime;
  readonly model: ModelFiles;
  readonly index: DatasetIndex;
  /** Labelled images, best spread over the classes in every prefix. */
  readonly images: readonly IndexedImage[];
  readonly read: ReadImage;
  readonly threads: number;
  readonly signal: AbortSignal;
  progress(done: number, what: string): void;
}

/** How well one way to prepare images did. */
export interface Finding {
  readonly sidecar: Sidecar;
  /** The way, for people. */
  readonly label: string;
  /** Images it was tried on: those that fall behind are given up early. */
  readonly images: number;
  /** Top-1, with its 95 % interval. */
  readonly accuracy: Interval;
  /** Share of images with the label among the five best. */
  readonly top5: number;
  /** Accuracy minus that of the best, on the same images; absent for the best. */
  readonly againstBest?: Interval;
}

export interface Examination {
  /** Best first. */
  readonly findings: readonly Finding[];
  readonly sidecar: Sidecar;
  /** Sentences for people: what is close to the best, and whether the best is any good. */
  readonly warnings: readonly string[];
}

/** After so many images in all, so many ways remain. */
const ROUNDS = [
  { images: 16, keep: 12 },
  { images: 48, keep: 6 },
  { images: 128, keep: 3 },
];

/**
 * Finds out how a model wants its images, by trying the usual ways on labelled ones. The field's commonest mistake shows only as
 * some lost accuracy, so every way is compared with the best on the same images, and those that cannot be told apart are named.
 * All ways see few images first; those that are surely worse, or far down the list, see no more.
 * @throws FleetError `unsupported` for a model that takes no single picture of floats, `invalid` for labels beyond its output
 */
export async function examineIntake(options: ExamineOptions): Promise<Examination> {
  if (options.images.length === 0) throw new FleetError('invalid', 'Cannot examine the model: the dataset has no images to try it on');
  const { runtime, model, threads, signal } = options;
  const session = await runtime.open(model, { provider: 'cpu', threads, optimization: 'all', signal });
  try {
    return concluded(await narrowed(options, session));
  } finally {
    await session.close();
  }
}

interface Trial extends Guess {
  readonly ranks: number[];
}

async function narrowed(options: ExamineOptions, session: Session): Promise<readonly Trial[]> {
  const input = pictureInput(session);
  const trials: Trial[] = intakeGuesses(input, options.index.encoding).map((guess) => ({ ...guess, ranks: [] }));
  if (trials.length === 0)
    throw new FleetError(
      'unsupported',
      `Cannot examine the model: its input "${input.name}" [${input.dims.join(', ')}] is no picture of 1 or 3 channels`,
    );
  const plan = roundsFor(options.images.length, trials.length);
  const runs = plan.reduce((sum, round) => sum + round.ways * (round.to - round.from), 0);
  let done = 0;
  let left: readonly Trial[] = trials;
  for (const { from, to, ways } of plan) {
    left = survivors(left, ways);
    for (const image of options.images.slice(from, to)) {
      options.signal.throwIfAborted();
      options.progress(done / runs, `${left.length} ways on image ${from + 1} to ${to} of ${options.images.length}`);
      await tryImage(image, left, { options, session });
      done += left.length;
    }
  }
  return trials;
}

function roundsFor(images: number, ways: number): readonly { from: number; to: number; ways: number }[] {
  const ends = [...ROUNDS.map((round) => round.images).filter((end) => end < images), images];
  return ends.map((to, i) => ({ from: ends[i - 1] ?? 0, to, ways: Math.min(ways, ROUNDS[i - 1]?.keep ?? ways) }));
}

/**
 * Those that go on, in the order of likelihood: the best, and among them the most usual that may still be as good, however many rarer ways
 * chance has put before it.
 */
function survivors(trials: readonly Trial[], most: number): readonly Trial[] {
  const [best, ...others] = ranked(trials);
  if (!best || best.ranks.length === 0) return trials;
  const possible = [best, ...others.filter((trial) => difference(trial, best).high >= 0)];
  const usual = trials.find((trial) => possible.includes(trial)) ?? best;
  const first = possible.slice(0, most);
  const kept = new Set(first.includes(usual) ? first : [...first.slice(0, -1), usual]);
  return trials.filter((trial) => kept.has(trial));
}

async function tryImage(
  image: IndexedImage,
  trials: readonly Trial[],
  { options, session }: { options: ExamineOptions; session: Session },
) {
  const geometries = new Map(trials.map(({ sidecar }) => [JSON.stringify(sidecar.geometry), sidecar.geometry]));
  const pixels = new Map<string, Uint8Array>();
  await mapInTurn([...geometries], { atOnce: 3, signal: options.signal }, async ([key, geometry]) => {
    pixels.set(key, await options.read(image, geometry));
  });
  for (const trial of trials) {
    const { geometry } = trial.sidecar;
    trial.ranks.push(await rankIn(session, { trial, geometry, image, pixels: pixels.get(JSON.stringify(geometry)) ?? new Uint8Array() }));
  }
}

async function rankIn(
  session: Session,
  { trial, geometry, image, pixels }: { trial: Trial; geometry: Geometry; image: IndexedImage; pixels: Uint8Array },
): Promise<number> {
  const preparation = preparationOf(trial.sidecar);
  const tensor = prepareImages(pixels, { count: 1, ...geometry }, preparation);
  const [scores] = Object.values(await session.run({ [preparation.input]: tensor }));
  if (!(scores?.data instanceof Float32Array))
    throw new FleetError(
      'unsupported',
      `Cannot examine the model: its output is ${scores?.type ?? 'missing'}, not float32 scores of classes`,
    );
  if (image.label >= scores.data.length)
    throw new FleetError(
      'invalid',
      `Cannot examine the model: it knows ${scores.data.length} classes, but image "${image.name}" has label ${image.label}`,
      { next: 'give it the dataset that it was trained for' },
    );
  return rankOf(scores.data, image.label);
}

function pictureInput(session: Session): ValueInfo {
  const [input, second] = session.inputs;
  if (!input || second)
    throw new FleetError('unsupported', `Cannot examine the model: it has ${session.inputs.length} inputs, not one picture`);
  if (input.type !== 'float32')
    throw new FleetError('unsupported', `Cannot examine the model: its input "${input.name}" takes ${input.type}, not float32`);
  return input;
}

const correct = ({ ranks }: Trial): number => ranks.filter((rank) => rank === 0).length;

/** Those that came furthest first, then by top-1, then by top-5; what is equal stays in the order of likelihood. */
function ranked(trials: readonly Trial[]): Trial[] {
  const near = ({ ranks }: Trial): number => ranks.filter((rank) => rank < 5).length;
  return [...trials].sort((a, b) => b.ranks.length - a.ranks.length || correct(b) - correct(a) || near(b) - near(a));
}

/** Accuracy of a trial minus that of the best, on the images that both have seen. */
function difference(trial: Trial, best: Trial): Interval {
  const count = Math.min(trial.ranks.length, best.ranks.length);
  const right = ({ ranks }: Trial): boolean[] => ranks.slice(0, count).map((rank) => rank === 0);
  return pairedDifferenceInterval(pairedCounts(right(best), right(trial)));
}

function concluded(trials: readonly Trial[]): Examination {
  const [top, ...others] = ranked(trials);
  if (!top) throw new FleetError('bug', 'Cannot examine the model: nothing was tried');
  const best = mostUsual(top, trials);
  const order = [best, ...[top, ...others].filter((trial) => trial !== best)];
  const findings = order.map((trial) => finding(trial, best));
  return { findings, sidecar: best.sidecar, warnings: [...weakness(findings), ...closeness(findings)] };
}

/** How much less right a more usual way may be and still be taken, where the images cannot tell the two apart. */
const NEAR = 0.02;

/** A few images in favour of a rare way are chance: of all within two points of the best the most usual is taken. Trials stand in that order. */
function mostUsual(top: Trial, trials: readonly Trial[]): Trial {
  const near = trials.find((trial) => {
    const { value, high } = difference(trial, top);
    return trial.ranks.length === top.ranks.length && value >= -NEAR && high >= 0;
  });
  return near ?? top;
}

function finding(trial: Trial, best: Trial): Finding {
  const { ranks, sidecar, label } = trial;
  const top5 = ranks.filter((rank) => rank < 5).length / ranks.length;
  const found = { sidecar, label, images: ranks.length, accuracy: proportionInterval(correct(trial), ranks.length), top5 };
  return trial === best ? found : { ...found, againstBest: difference(trial, best) };
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
const points = (share: number): string => (share * 100).toFixed(1);

/** A best way that is hardly better than a guess is no way at all. */
function weakness([best]: readonly Finding[]): string[] {
  if (!best || best.accuracy.value >= 0.2) return [];
  return [
    `No usual preparation suits this model: the best, "${best.label}", is right on only ${percent(best.accuracy.value)} of ${best.images} images. Its labels may be in another order than the dataset's.`,
  ];
}

function closeness([best, ...others]: readonly Finding[]): string[] {
  if (!best) return [];
  const close = others.filter(({ images, againstBest }) => images === best.images && againstBest && againstBest.high >= 0);
  return close.map(({ label, accuracy, againstBest }) => {
    const interval = againstBest ? `[${points(againstBest.low)}, ${points(againstBest.high)}]` : '';
    return `"${label}" is close to the best, "${best.label}": ${percent(accuracy.value)} against ${percent(best.accuracy.value)} on ${best.images} images, a difference of ${points(againstBest?.value ?? 0)} points ${interval}. If you know which is right, write it into the sidecar.`;
  });
}
