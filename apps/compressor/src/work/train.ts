import { createHash } from 'node:crypto';
import { applyRecipe } from '@fleetfit/compress';
import { FleetError, isRefusal, seededRng } from '@fleetfit/core';
import type { Model } from '@fleetfit/onnx';
import { Train, type Trained } from '@fleetfit/protocol';
import { adaptSettings, type EpochFigure, parseRecipe } from '@fleetfit/space';
import { adapt, decodeDraft, encodeDraft, type LabelledImages, type TrainingDraft } from '@fleetfit/train';
import {
  type Geometry,
  geometryOf,
  type IndexedImage,
  imagesOf,
  parseSidecar,
  preparationOf,
  type ReadImage,
  type Sidecar,
  type Split,
} from '@fleetfit/vision';
import { loadDataset } from './dataset-blobs.ts';
import { loadFiles, modelOf, storeModel } from './model-blobs.ts';
import { factsOf } from './model-facts.ts';
import type { WorkContext } from './work-context.ts';

/** Decoded pictures of a split that are kept; what is beyond is decoded each time. */
const MOST_BYTES = 512 * 2 ** 20;

/**
 * Adapts a model to the classes of a dataset: trained on its training images, judged after every epoch on its validation images.
 * @throws FleetError `invalid` for settings, labels or splits that do not fit, `unsupported` for a model that cannot be trained
 */
export async function trainModel(task: Train, context: WorkContext): Promise<Trained> {
  const settings = adaptSettings.parse(JSON.parse(task.settingsJson || '{}'));
  const sidecar = parseSidecar(task.sidecarJson);
  const { index, read } = await loadDataset(task.index, context);
  const model = await trainable(modelOf(await loadFiles(task.model, context.blobs)), context);
  const images = (split: Split): LabelledImages => labelled(imagesOf(index, split), { sidecar, read, input: model.graph.inputs[0]?.name });
  const key = createHash('sha256').update(Train.encode(task).finish()).digest('hex');
  const resume = await draftOf(key, context);
  const told: EpochFigure[] = [...(resume?.figures ?? [])];
  const { model: adapted, figures } = await adapt(model, {
    runtime: context.runtime,
    threads: task.threads || context.threads,
    training: images('training'),
    validation: images('validation'),
    classes: index.classes.length,
    settings,
    signal: context.signal,
    onStep: ({ step, steps, loss }) =>
      context.progress((0.95 * (step + 1)) / steps, sayStep({ step, steps, loss, epochs: settings.epochs }, told)),
    resume,
    onEpoch: async (figure, draft) => {
      told.push(figure);
      await context.drafts.write(key, encodeDraft(draft));
    },
  });
  context.progress(0.96, 'storing the model');
  const { graph, tensors, bytes } = await storeModel(adapted, context.blobs);
  const session = await context.runtime.open(await loadFiles({ graph, tensors }, context.blobs), {
    provider: 'cpu',
    threads: context.threads,
    optimization: 'all',
    signal: context.signal,
  });
  try {
    const factsJson = JSON.stringify(factsOf(adapted, { session, bytes, passes: context.passes }));
    const sidecarJson = JSON.stringify({ ...sidecar, classes: index.classes });
    await context.drafts.drop(key);
    return { model: { artifact: { graph, tensors }, factsJson, sidecarJson }, figuresJson: JSON.stringify(figures) };
  } finally {
    await session.close();
  }
}

/** What an earlier process had of the same training; a draft that cannot be read is forgotten, and the training begins again. */
async function draftOf(key: string, { drafts }: WorkContext): Promise<TrainingDraft | undefined> {
  const bytes = await drafts.read(key);
  try {
    return bytes && decodeDraft(bytes);
  } catch (thrown) {
    if (!(thrown instanceof FleetError && thrown.code === 'corrupt')) throw thrown;
    await drafts.drop(key);
    return undefined;
  }
}

/** Backward passes need operators of opset 13; older models are raised to it first. */
async function trainable(model: Model, context: WorkContext): Promise<Model> {
  if ((model.opsets.get('') ?? 0) >= 13) return model;
  const { passes, runtime, threads, signal } = context;
  const progress = (): void => {};
  const raised = await applyRecipe(model, parseRecipe('raise-opset'), {
    passes,
    context: { runtime, threads, signal, progress, calibration: undefined, original: model, rng: seededRng('raise') },
  });
  if (isRefusal(raised)) throw new FleetError('unsupported', `Cannot train the model: ${raised.why}`);
  return raised.model;
}

function sayStep(at: { step: number; steps: number; loss: number; epochs: number }, figures: readonly EpochFigure[]): string {
  const epoch = Math.floor(at.step / (at.steps / at.epochs)) + 1;
  const last = figures.at(-1);
  const before = last ? `; ${(100 * last.accuracy).toFixed(1)} % right after epoch ${last.epoch + 1}` : '';
  return `epoch ${epoch} of ${at.epochs}, loss ${at.loss.toFixed(3)}${before}`;
}

function labelled(
  images: readonly IndexedImage[],
  { sidecar, read, input }: { sidecar: Sidecar; read: ReadImage; input: string | undefined },
): LabelledImages {
  const geometry: Geometry = geometryOf(sidecar);
  const { width, height, channels } = geometry;
  const kept = new Map<number, Uint8Array>();
  const most = Math.floor(MOST_BYTES / (width * height * channels));
  return {
    shape: { width, height, channels },
    preparation: preparationOf(sidecar, input),
    labels: images.map(({ label }) => label),
    read: async (index) => {
      const known = kept.get(index);
      if (known) return known;
      const image = images[index];
      if (!image) throw new FleetError('bug', `Cannot read image ${index}: there are ${images.length}`);
      const pixels = await read(image, geometry);
      if (kept.size < most) kept.set(index, pixels);
      return pixels;
    },
  };
}
