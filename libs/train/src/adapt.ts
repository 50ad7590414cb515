import { FleetError, seededRng } from '@fleetfit/core';
import { encodeModel, type Model } from '@fleetfit/onnx';
import type { Runtime } from '@fleetfit/runtime';
import { prepareImages, rankOf } from '@fleetfit/vision';
import { freeBatch } from './free-batch.ts';
import { freezeDepth } from './freeze-depth.ts';
import { type LabelledImages, labelledBatches } from './labelled-batches.ts';
import { replaceHead } from './replace-head.ts';
import { type Checkpoint, type Progress, train } from './train.ts';

/** How a network is adapted to other classes. Each is a knob of a sweep. */
export interface AdaptSettings {
  readonly classes: number;
  readonly epochs: number;
  /** Highest learning rate, of AdamW. */
  readonly rate: number;
  readonly batch: number;
  readonly weightDecay: number;
  /** Share of the layers, from the end, that are trained beside the new head. */
  readonly unfrozen: number;
  /** Width of a hidden layer of the new head; 0 for none. */
  readonly hidden: number;
  readonly smoothing: number;
  readonly mixup: boolean;
  readonly flip: boolean;
  readonly shift: number;
  readonly jitter: number;
  /** Stop after so many epochs without a better accuracy. */
  readonly patience: number;
  readonly seed: number;
}

/** Settings that serve as a start: what small sets of photographs usually want. */
export const ADAPT_DEFAULTS: Omit<AdaptSettings, 'classes'> = {
  epochs: 8,
  rate: 1e-3,
  batch: 32,
  weightDecay: 0.01,
  unfrozen: 0.5,
  hidden: 0,
  smoothing: 0.05,
  mixup: false,
  flip: true,
  shift: 0.08,
  jitter: 0.2,
  patience: 4,
  seed: 1,
};

/** How an epoch ended. */
export interface EpochFigure {
  readonly epoch: number;
  /** Mean over the steps. */
  readonly loss: number;
  /** Share of the validation images that are right. */
  readonly accuracy: number;
}

export interface AdaptOptions {
  readonly runtime: Runtime;
  readonly threads: number;
  readonly training: LabelledImages;
  readonly validation: LabelledImages;
  readonly settings: AdaptSettings;
  readonly signal: AbortSignal;
  readonly onStep?: (progress: Progress) => void;
  readonly onEpoch?: (figure: EpochFigure, checkpoint: Checkpoint) => void | Promise<void>;
  /** Goes on from a checkpoint of the same model, images and settings. */
  readonly resume?: { readonly checkpoint: Checkpoint; readonly figures: readonly EpochFigure[] };
}

export interface Adapted {
  /** As it stood after its best epoch. */
  readonly model: Model;
  readonly best: EpochFigure;
  readonly figures: readonly EpochFigure[];
}

/**
 * Transfer learning: the network gets a head for other classes, which is trained together with the last layers. The best epoch by validation accuracy is
 * what comes out; training ends early once it gets no better.
 * @throws FleetError `unsupported` for a network without a known classifier or with ops that cannot be trained, `invalid` for settings or
 * labels that do not fit, `cancelled`
 */
export async function adapt(model: Model, options: AdaptOptions): Promise<Adapted> {
  const { settings, training, validation, runtime, threads, signal } = options;
  requireFit(settings, training, validation);
  const { model: reheaded, head } = replaceHead(model, { ...settings, rng: seededRng(`${settings.seed} head`) });
  const student = freeBatch(reheaded);
  const figures: EpochFigure[] = [...(options.resume?.figures ?? [])];
  let best: { readonly model: Model; readonly figure: EpochFigure } | undefined;
  let losses: number[] = [];
  const last = await train(student, {
    runtime,
    threads,
    signal,
    batches: labelledBatches(training, settings),
    epochs: settings.epochs,
    rate: settings.rate,
    warmUpEpochs: Math.min(1, settings.epochs / 4),
    optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: settings.weightDecay },
    frozen: freezeDepth(student, settings.unfrozen, head),
    ...(options.resume ? { resume: options.resume.checkpoint } : {}),
    onStep: (progress) => {
      losses.push(progress.loss);
      options.onStep?.(progress);
    },
    onEpoch: async (epoch, now, checkpoint) => {
      const figure = { epoch, loss: mean(losses), accuracy: await accuracyOn(now, validation, options) };
      losses = [];
      figures.push(figure);
      if (!best || figure.accuracy > best.figure.accuracy) best = { model: now, figure };
      await options.onEpoch?.(figure, checkpoint);
      return epoch - best.figure.epoch >= settings.patience ? 'stop' : undefined;
    },
  });
  const figure = best?.figure ?? figures.at(-1);
  if (!figure) throw new FleetError('invalid', 'Cannot adapt the model: there was no epoch to train');
  const constants = (best?.model ?? last).graph.constants;
  return { model: { ...reheaded, graph: { ...reheaded.graph, constants } }, best: figure, figures };
}

function requireFit(settings: AdaptSettings, training: LabelledImages, validation: LabelledImages): void {
  const { classes, epochs } = settings;
  const wrong = [...training.labels, ...validation.labels].find((label) => label < 0 || label >= classes);
  if (wrong !== undefined)
    throw new FleetError('invalid', `Cannot adapt the model: label ${wrong} is out of range, there are ${classes} classes`);
  if (training.labels.length === 0 || validation.labels.length === 0)
    throw new FleetError(
      'invalid',
      `Cannot adapt the model: there are ${training.labels.length} images to train on and ${validation.labels.length} to validate on`,
    );
  if (!Number.isInteger(epochs) || epochs < 1) throw new FleetError('invalid', `Cannot adapt the model: ${epochs} epochs are none`);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Top-1 on all validation images, each prepared as it is. */
async function accuracyOn(model: Model, images: LabelledImages, { runtime, threads, signal }: AdaptOptions): Promise<number> {
  const session = await runtime.open(
    { graph: encodeModel(model), externalData: new Map() },
    { provider: 'cpu', threads, optimization: 'all', signal },
  );
  try {
    let right = 0;
    for (const [i, label] of images.labels.entries()) {
      if (signal.aborted) throw new FleetError('cancelled', 'Cannot go on validating: cancelled', { cause: signal.reason });
      const tensor = prepareImages(await images.read(i), { count: 1, ...images.shape }, images.preparation);
      const [scores] = Object.values(await session.run({ [session.inputs[0]?.name ?? '']: tensor }));
      if (scores?.data instanceof Float32Array && rankOf(scores.data, label) === 0) right++;
    }
    return right / images.labels.length;
  } finally {
    await session.close();
  }
}
