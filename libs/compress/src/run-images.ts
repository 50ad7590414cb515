import { FleetError } from '@fleetfit/core';
import { type Calibration, capturedBy, encodeModel, type Model, type PassContext } from '@fleetfit/onnx';
import type { Tensor } from '@fleetfit/runtime';

/** What running calibration images takes. */
export type ImageRun = Pick<PassContext, 'runtime' | 'threads' | 'signal'> & {
  readonly calibration: Calibration;
  /** Only these images, by index; all where absent. */
  readonly only?: (index: number) => boolean;
};

/** Values of one batch by name, and the index of its first image. */
type Take = (results: Readonly<Record<string, Tensor>>, first: number) => void;

/**
 * Runs calibration images through a model one batch at a time and hands out the named values.
 * A batch is one image, or as many as the model fixes: memory stays that of one run, and results do not depend on how many there are.
 *
 * @throws FleetError `cancelled` when the signal says so
 */
export async function runImages(model: Model, values: readonly string[], run: ImageRun & { readonly take: Take }): Promise<void> {
  const { calibration, runtime, threads, signal, only, take } = run;
  const { providers } = runtime.facts;
  const provider = providers.includes('cpu') ? 'cpu' : (providers[0] ?? 'cpu');
  const inputs = new Set(model.graph.inputs.map((input) => input.name));
  const computed = values.filter((value) => !inputs.has(value));
  const files = { graph: encodeModel(onlyFor(exposing(model, computed), computed)), externalData: new Map<string, Uint8Array>() };
  // Where only the images themselves are asked for there is nothing to run.
  const session = computed.length === 0 ? undefined : await runtime.open(files, { provider, threads, optimization: 'all', signal });
  try {
    let index = 0;
    for (const batch of calibration.batches(batchSize(model, calibration.input))) {
      if (signal.aborted) throw new FleetError('cancelled', 'Cannot run the calibration images: cancelled');
      const first = index;
      index += batch.dims[0] ?? 1;
      if (only && !only(first)) continue;
      const results = session ? await session.run({ [calibration.input]: batch }, computed) : {};
      take({ ...results, [calibration.input]: batch }, first);
    }
  } finally {
    await session?.close();
  }
}

/** Only what the named values are made from: a runtime computes every node of a graph, read or not. */
function onlyFor(model: Model, values: readonly string[]): Model {
  const { graph } = model;
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const read = new Set<string>();
  const open = [...values];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (read.has(value)) continue;
    read.add(value);
    const maker = makers.get(value);
    if (maker) open.push(...maker.inputs, ...capturedBy(maker));
  }
  const wanted = new Set(values);
  return {
    ...model,
    graph: {
      ...graph,
      nodes: graph.nodes.filter(({ outputs }) => outputs.some((output) => output !== '' && read.has(output))),
      constants: new Map([...graph.constants].filter(([name]) => read.has(name))),
      // Initializers may be listed as inputs: they go with the initializer.
      inputs: graph.inputs.filter(({ name }) => read.has(name) || !graph.constants.has(name)),
      outputs: graph.outputs.filter(({ name }) => wanted.has(name)),
      values: new Map(),
    },
  };
}

/** The model with the named values as further outputs. */
export function exposing(model: Model, values: readonly string[]): Model {
  const already = new Set(model.graph.outputs.map((output) => output.name));
  const added = values
    .filter((value) => !already.has(value))
    .map((name) => ({ name, type: 'float32' as const, dims: undefined, wire: undefined }));
  return { ...model, graph: { ...model.graph, outputs: [...model.graph.outputs, ...added] } };
}

// A model may fix its batch; where it does not, single images keep memory small and results the same for any number of them.
function batchSize(model: Model, input: string): number {
  const first = model.graph.inputs.find((each) => each.name === input)?.dims?.[0];
  return typeof first === 'number' && first > 0 ? first : 1;
}

/** The numbers of a tensor that must be float32. @throws FleetError `unsupported` naming the value */
export function floatsFrom(value: string, tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new FleetError('unsupported', `Cannot use "${value}": it is ${tensor?.type ?? 'not computed'}, not float32`);
}
