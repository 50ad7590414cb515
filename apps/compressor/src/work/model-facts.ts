import { spaceOfModel } from '@fleetfit/compress';
import { FleetError } from '@fleetfit/core';
import { countOf, type Model, type Pass } from '@fleetfit/onnx';
import type { Session } from '@fleetfit/runtime';
import { geometryOf, type Sidecar } from '@fleetfit/vision';

/** What people want to know of a model: sent as JSON. */
export function modelFacts(model: Model, { session, bytes, passes }: { session: Session; bytes: number; passes: readonly Pass[] }) {
  const constants = [...model.graph.constants.values()];
  const ops = new Map<string, number>();
  for (const { op } of model.graph.nodes) ops.set(op, (ops.get(op) ?? 0) + 1);
  return {
    inputs: session.inputs,
    outputs: session.outputs,
    opset: model.opsets.get('') ?? 0,
    producer: model.producer.name,
    nodes: model.graph.nodes.length,
    layers: model.graph.nodes.filter(({ op }) => WEIGHTED.has(op)).length,
    operators: [...ops].map(([op, count]) => ({ op, count })).sort((a, b) => b.count - a.count),
    parameters: constants.filter(({ type }) => FLOATS.has(type)).reduce((sum, { dims }) => sum + countOf(dims), 0),
    bytes,
    /** What can be chosen for this model. */
    space: spaceOfModel(model, passes),
  };
}

const WEIGHTED: ReadonlySet<string> = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);
const FLOATS: ReadonlySet<string> = new Set(['float32', 'float64', 'float16', 'bfloat16']);

/**
 * Refuses a sidecar that does not go with its model: another input, another size.
 * @throws FleetError `invalid`
 */
export function requireFits(sidecar: Sidecar, session: Session): void {
  const input = session.inputs.find(({ name }) => name === (sidecar.input ?? session.inputs[0]?.name));
  const named = session.inputs.map(({ name }) => `"${name}"`).join(', ');
  if (!input) throw new FleetError('invalid', `Cannot use the sidecar: the model has no input "${sidecar.input}", only ${named}`);
  const { height, width, channels } = geometryOf(sidecar);
  const wanted = sidecar.layout === 'nchw' ? [1, channels, height, width] : [1, height, width, channels];
  const fits = input.dims.length === 4 && input.dims.every((dim, i) => typeof dim === 'string' || dim <= 0 || dim === wanted[i]);
  if (!fits)
    throw new FleetError(
      'invalid',
      `Cannot use the sidecar: it makes images [${wanted.join(', ')}], but input "${input.name}" takes [${input.dims.join(', ')}]`,
      { next: 'correct its geometry and layout, or remove it to have them found out' },
    );
}

/** Images are given one at a time. @throws FleetError `unsupported` for a model that takes another fixed number at once */
export function requireSingle(session: Session): void {
  for (const { name, dims } of session.inputs) {
    const [batch] = dims;
    if (typeof batch === 'number' && batch > 1)
      throw new FleetError('unsupported', `Cannot use the model: its input "${name}" takes exactly ${batch} images at once`, {
        next: 'export it with a batch of 1, or a free one',
      });
  }
}
