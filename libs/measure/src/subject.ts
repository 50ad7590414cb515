import { FleetError, toFleetError } from '@fleetfit/core';
import type { ModelFiles, Session, Tensor } from '@fleetfit/runtime';
import type { MeasureTask } from './measure.ts';

/** A model under measurement: one input, its first output. */
export interface Subject {
  run(image: Tensor): Promise<Tensor>;
  /** A function that runs on the next image each time, for ever. */
  cycling(images: readonly Tensor[]): () => Promise<void>;
  close(): Promise<void>;
}

/** Opens candidate or control, and says in every error which of the two it is. */
export async function openSubject(
  role: 'candidate' | 'control',
  model: ModelFiles,
  { runtime, open, input, signal }: Pick<MeasureTask, 'runtime' | 'open' | 'input' | 'signal'>,
): Promise<Subject> {
  const session = await blamed(role, () => runtime.open(model, { ...open, signal }));
  const feed = await blamed(role, async () => inputOf(session, input)).catch(async (thrown: unknown) => {
    await session.close();
    throw thrown;
  });
  const run = (image: Tensor): Promise<Tensor> => blamed(role, () => runOnce(session, feed, image));
  return { run, cycling: (images) => cycling(run, images), close: () => session.close() };
}

function inputOf(session: Session, wanted: string): string {
  const [only, ...others] = session.inputs;
  const input = wanted === '' && others.length === 0 ? only : session.inputs.find(({ name }) => name === wanted);
  if (!input)
    throw new FleetError('unsupported', `it has the inputs ${session.inputs.map(({ name }) => `"${name}"`).join(', ')}, not "${wanted}"`);
  return input.name;
}

async function runOnce(session: Session, input: string, image: Tensor): Promise<Tensor> {
  const [first] = session.outputs;
  if (!first) throw new FleetError('unsupported', 'it has no output');
  const output = (await session.run({ [input]: image }, [first.name]))[first.name];
  if (!output) throw new FleetError('bug', `it gave no "${first.name}"`);
  return output;
}

function cycling(run: (image: Tensor) => Promise<Tensor>, images: readonly Tensor[]): () => Promise<void> {
  let next = 0;
  return async () => {
    const image = images[next++ % images.length];
    if (image) await run(image);
  };
}

async function blamed<Value>(role: string, doing: () => Promise<Value>): Promise<Value> {
  try {
    return await doing();
  } catch (thrown) {
    const error = toFleetError(thrown, 'Cannot run it');
    if (error.code === 'cancelled') throw error;
    throw new FleetError(error.code, `Cannot measure: the ${role} does not run: ${error.message}`, { cause: thrown });
  }
}
