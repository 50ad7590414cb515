import { FleetError } from '@fleetfit/core';
import { encodeModel, type Model } from '@fleetfit/onnx';
import type { Runtime, Session } from '@fleetfit/runtime';

/** A network that answers for a student to learn from. */
export interface Teacher {
  /** The named values for a batch of images, in that order. */
  answer(images: Float32Array, dims: readonly number[]): Promise<readonly Float32Array[]>;
  close(): Promise<void>;
}

/** Opens a teacher that tells some of its values: outputs, or values in between. */
export async function openTeacher(
  model: Model,
  values: readonly string[],
  by: { readonly runtime: Runtime; readonly threads: number; readonly signal: AbortSignal },
): Promise<Teacher> {
  const outputs = values.map((name) => ({ name, type: 'float32' as const, dims: undefined, wire: undefined }));
  const graph = encodeModel({ ...model, graph: { ...model.graph, outputs } });
  const session = await by.runtime.open(
    { graph, externalData: new Map() },
    { provider: 'cpu', threads: by.threads, optimization: 'all', signal: by.signal },
  );
  return { answer: (images, dims) => answer(session, values, { images, dims }), close: () => session.close() };
}

async function answer(session: Session, values: readonly string[], to: { images: Float32Array; dims: readonly number[] }) {
  const input = session.inputs[0]?.name ?? '';
  const results = await session.run({ [input]: { type: 'float32', dims: to.dims, data: to.images } }, values);
  return values.map((value) => {
    const data = results[value]?.data;
    if (data instanceof Float32Array) return data;
    throw new FleetError('unsupported', `Cannot learn from the teacher's "${value}": it is no float32 tensor`);
  });
}
