/**
 * The network learns to answer as the original does, on images without labels (Hinton et al. 2015): what compression cost is partly won back.
 *
 *   classifiers:   loss = T^2 KL(softmax(t / T) || softmax(s / T)) + 1/2 |s - t|^2 / |t|^2   of the logits
 *   all others:    loss = sum over outputs |s - t|^2 / |t|^2
 *
 * Conditions
 * 1. Weights are numbers: quantize after distilling, not before.
 * 2. Every op from the first trained weight on has a gradient rule.
 * 3. Student and original take the same images and give outputs of the same shapes.
 */
import { FleetError, isRefusal, type Refusal, refuse, seededRng } from '@fleetfit/core';
import { type Arguments, countOf, type Model, type Pass, type PassContext, type PassResult, viewOf } from '@fleetfit/onnx';
import { freeBatch } from '../free-batch.ts';
import { drawBatch, holdImages, type ImagePool } from '../image-pool.ts';
import { type KnownValues, knowValues, onlyInput } from '../known-values.ts';
import type { LossOptions } from '../loss.ts';
import { openTeacher, type Teacher } from '../teacher.ts';
import { type BatchSource, train } from '../train.ts';

/** What the recipe says, as numbers. */
interface Settings {
  readonly epochs: number;
  readonly rate: number;
  readonly batch: number;
  readonly temperature: number;
}

export const distil: Pass = {
  word: 'distil',
  about: 'Train the network to answer as the original does, on the calibration images, labels not needed',
  parameters: [
    { key: 'epochs', about: 'times that every image is seen', values: 'integer', default: 3 },
    { key: 'lr', about: 'highest learning rate, of AdamW', values: 'number', default: 3e-4 },
    { key: 'batch', about: 'images in a step', values: 'integer', default: 16 },
    { key: 'temperature', about: 'how far the answers of a classifier are softened', values: 'number', default: 2 },
    { key: 'teacher', about: 'whose answers are learnt', values: ['original'], default: 'original' },
  ],
  sentence: (args) => `Distilled from the original for ${args['epochs']} epochs`,
  knobs: () => [],
  requires: (model, args) => quantized(model) ?? outOfRange(settingsOf(args)),
  apply,
};

const settingsOf = (args: Arguments): Settings => ({
  epochs: Number(args['epochs']),
  rate: Number(args['lr']),
  batch: Number(args['batch']),
  temperature: Number(args['temperature']),
});

function quantized({ graph }: Model): Refusal | undefined {
  const found = graph.nodes.find(({ op }) => /Quantize|QLinear|Integer/.test(op));
  return found
    ? refuse(`its weights are integers already (${found.op} "${found.name || found.outputs[0]}"): distil first, then quantize`)
    : undefined;
}

function outOfRange({ epochs, rate, batch, temperature }: Settings): Refusal | undefined {
  if (!(epochs >= 1 && epochs <= 1000)) return refuse(`epochs=${epochs} is not between 1 and 1000`);
  if (!(rate > 0 && rate <= 1)) return refuse(`lr=${rate} is not between 0 and 1`);
  if (!(batch >= 1 && batch <= 1024)) return refuse(`batch=${batch} is not between 1 and 1024`);
  return temperature > 0 ? undefined : refuse(`temperature=${temperature} is not above 0`);
}

async function apply(model: Model, args: Arguments, context: PassContext): Promise<PassResult | Refusal> {
  const { calibration, runtime, signal } = context;
  if (!calibration) return refuse('there are no calibration images to distil on');
  const pool = holdImages(calibration, signal);
  const asked = settingsOf(args);
  const settings = { ...asked, batch: Math.min(asked.batch, pool.count) };
  const student = freeBatch(model);
  const known = await knownOrRefused(student, { context, batch: settings.batch, pool });
  if (isRefusal(known)) return known;
  const outputs = answersOf(model);
  const loss = lossFor(known, outputs, settings);
  const teacher = await openTeacher(freeBatch(context.original), answersOf(context.original), {
    runtime,
    threads: context.threads,
    signal,
  });
  try {
    await requireSameAnswers(teacher, { pool, known, outputs, batch: settings.batch });
    const trained = await learn(student, { context, pool, settings, loss, teacher });
    const graph = { ...model.graph, constants: trained.graph.constants };
    const changes = [{ kind: 'changed' as const, layer: '', what: `trained for ${settings.epochs} epochs on ${pool.count} images` }];
    return { model: { ...model, graph }, changes, origins: new Map() };
  } catch (thrown) {
    if (thrown instanceof FleetError && thrown.code === 'unsupported') return refuse(thrown.message);
    throw thrown;
  } finally {
    await teacher.close();
  }
}

/** What a network answers: its outputs, but the values before a softmax that is all it ends in. */
function answersOf(model: Model): readonly string[] {
  const [only, second] = model.graph.outputs;
  const last = only && !second ? viewOf(model).nodeMaking(only.name) : undefined;
  return last?.op === 'Softmax' ? [last.inputs[0] ?? ''] : model.graph.outputs.map(({ name }) => name);
}

async function knownOrRefused(
  student: Model,
  at: { context: PassContext; batch: number; pool: ImagePool },
): Promise<KnownValues | Refusal> {
  const { runtime, signal } = at.context;
  const free = onlyInput(student)
    .dims?.slice(1)
    .flatMap((dim, axis) => (typeof dim === 'number' ? [] : [at.pool.dims[axis] ?? 1]));
  try {
    return await knowValues(student, { runtime, batch: at.batch, free: free ?? [], signal });
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    return refuse(`it does not run with ${at.batch} images at once: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

function lossFor(known: KnownValues, outputs: readonly string[], { temperature }: Settings): LossOptions {
  const [only, second] = outputs;
  const dims = known.shapes.get(only ?? '') ?? [];
  const classifies = second === undefined && dims.length === 2 && (dims[1] ?? 0) > 1;
  const hints = outputs.map((value) => ({ value, weight: classifies ? 0.5 : 1, like: known.shapes.get(value) ?? [] }));
  return classifies ? { labels: 0, teacher: { weight: 1, temperature }, hints } : { labels: 0, hints };
}

async function requireSameAnswers(
  teacher: Teacher,
  { pool, known, outputs, batch }: { pool: ImagePool; known: KnownValues; outputs: readonly string[]; batch: number },
): Promise<void> {
  const blank = new Float32Array(batch * countOf(pool.dims));
  const answers = await teacher.answer(blank, [batch, ...pool.dims]);
  outputs.forEach((output, i) => {
    const wanted = countOf(known.shapes.get(output) ?? []);
    if (answers[i]?.length !== wanted)
      throw new FleetError(
        'unsupported',
        `its output "${output}" has ${wanted} numbers for ${batch} images, the original's ${answers[i]?.length ?? 0}`,
      );
  });
}

interface Lesson {
  readonly context: PassContext;
  readonly pool: ImagePool;
  readonly settings: Settings;
  readonly loss: LossOptions;
  readonly teacher: Teacher;
}

function learn(student: Model, { context, pool, settings, loss, teacher }: Lesson): Promise<Model> {
  const { epochs, rate, batch } = settings;
  const seed = context.rng.integer(2 ** 32);
  const batches: BatchSource = {
    batch,
    batchesPerEpoch: Math.floor(pool.count / batch),
    free: pool.dims,
    take: async (epoch, index) => {
      const order = seededRng(`${seed} epoch ${epoch}`).shuffled(Array.from({ length: pool.count }, (_, i) => i));
      const images = drawBatch(pool, order.slice(index * batch, (index + 1) * batch), seededRng(`${seed} batch ${epoch} ${index}`));
      const answers = await teacher.answer(images, [batch, ...pool.dims]);
      return { images, ...(loss.teacher && answers[0] ? { teacher: answers[0] } : {}), hints: answers };
    },
  };
  return train(student, {
    runtime: context.runtime,
    batches,
    epochs,
    rate,
    warmUpEpochs: Math.min(1, 0.2 * epochs),
    optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 },
    loss,
    threads: context.threads,
    signal: context.signal,
    onStep: ({ step, steps: all, loss: value }) =>
      context.progress((step + 1) / all, `step ${step + 1} of ${all}, loss ${value.toFixed(4)}`),
  });
}
