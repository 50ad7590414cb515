import { FleetError, seededRng } from '@fleetfit/core';
import { encodeModel, type Model } from '@fleetfit/onnx';
import type { Runtime } from '@fleetfit/runtime';
import type { AdaptSettings, EpochFigure } from '@fleetfit/space';
import { prepareImages, rankOf } from '@fleetfit/vision';
import { freeBatch } from './free-batch.ts';
import { freezeDepth } from './freeze-depth.ts';
import { type LabelledImages, labelledBatches } from './labelled-batches.ts';
import { replaceHead } from './replace-head.ts';
import { type Checkpoint, type Progress, type TrainOptions, train } from './train.ts';
import type { TrainingDraft } from './training-draft.ts';

export interface AdaptOptions {
  readonly runtime: Runtime;
  readonly threads: number;
  readonly training: LabelledImages;
  readonly validation: LabelledImages;
  readonly classes: number;
  readonly settings: AdaptSettings;
  readonly signal: AbortSignal;
  readonly onStep?: (progress: Progress) => void;
  /** Called after each epoch with all that is needed to go on from there. */
  readonly onEpoch?: (figure: EpochFigure, draft: TrainingDraft) => void | Promise<void>;
  /** Goes on from a draft of the same model, images and settings. */
  readonly resume?: TrainingDraft | undefined;
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
  const { settings, classes, training, runtime, threads, signal } = options;
  requireFit(options);
  const { model: reheaded, head } = replaceHead(model, { classes, hidden: settings.hidden, rng: seededRng(`${settings.seed} head`) });
  const student = freeBatch(reheaded);
  const lesson: Lesson = {
    runtime,
    threads,
    signal,
    batches: labelledBatches(training, { ...settings, classes }),
    epochs: settings.epochs,
    rate: settings.rate,
    warmUpEpochs: Math.min(1, settings.epochs / 4),
    optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: settings.weightDecay },
    frozen: freezeDepth(student, settings.unfrozen, head),
  };
  const draft = await learn(student, lesson, options);
  const best = bestOf(draft.figures);
  // A training that is over at once: the way from the vectors of the best epoch to a model.
  const trained = await train(student, { ...lesson, epochs: best.epoch + 1, resume: draft.best });
  return { model: { ...reheaded, graph: { ...reheaded.graph, constants: trained.graph.constants } }, best, figures: draft.figures };
}

type Lesson = Omit<TrainOptions, 'onStep' | 'onEpoch' | 'resume'>;

/** Trains until the epochs are over or it gets no better, from the beginning or from a draft. */
async function learn(student: Model, lesson: Lesson, options: AdaptOptions): Promise<TrainingDraft> {
  const { settings, validation, resume } = options;
  const figures: EpochFigure[] = [...(resume?.figures ?? [])];
  let losses: number[] = [];
  let best: Checkpoint | undefined = resume?.best;
  let last: Checkpoint | undefined = resume?.last;
  const patienceIsOver = (epoch: number): boolean => epoch - bestOf(figures).epoch >= settings.patience;
  if (last && best && patienceIsOver(figures.length - 1)) return { last, best, figures };
  await train(student, {
    ...lesson,
    ...(last ? { resume: last } : {}),
    onStep: (progress) => {
      losses.push(progress.loss);
      options.onStep?.(progress);
    },
    onEpoch: async (epoch, now, checkpoint) => {
      const figure = { epoch, loss: mean(losses), accuracy: await accuracyOn(now, validation, options) };
      losses = [];
      figures.push(figure);
      last = checkpoint;
      if (!best || bestOf(figures) === figure) best = checkpoint;
      await options.onEpoch?.(figure, { last, best, figures: [...figures] });
      return patienceIsOver(epoch) ? 'stop' : undefined;
    },
  });
  if (!last || !best) throw new FleetError('invalid', 'Cannot adapt the model: there was no epoch to train');
  return { last, best, figures };
}

/** The first epoch that no other beats. */
function bestOf(figures: readonly EpochFigure[]): EpochFigure {
  const [first, ...others] = figures;
  if (!first) throw new FleetError('bug', 'Cannot name the best epoch: there was none');
  return others.reduce((best, figure) => (figure.accuracy > best.accuracy ? figure : best), first);
}

function requireFit({ classes, training, validation }: AdaptOptions): void {
  const wrong = [...training.labels, ...validation.labels].find((label) => label < 0 || label >= classes);
  if (wrong !== undefined)
    throw new FleetError('invalid', `Cannot adapt the model: label ${wrong} is out of range, there are ${classes} classes`);
  const [learns, judges] = [training.labels.length, validation.labels.length];
  if (learns === 0 || judges === 0)
    throw new FleetError('invalid', `Cannot adapt the model: there are ${learns} images to train on and ${judges} to validate on`, {
      next: 'add the dataset again with other --shares',
    });
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
