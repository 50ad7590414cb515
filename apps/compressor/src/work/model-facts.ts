import { costOfModel, type ModelCost, spaceOfModel } from '@fleetfit/compress';
import { FleetError } from '@fleetfit/core';
import { intAttribute, type Model, modelFacts, type Pass, viewOf } from '@fleetfit/onnx';
import type { Session } from '@fleetfit/runtime';
import { geometryOf, type Sidecar } from '@fleetfit/vision';

/** What people want to know of a model, and what can be chosen for it: sent as JSON. */
export function factsOf(model: Model, { session, bytes, passes }: { session: Session; bytes: number; passes: readonly Pass[] }) {
  const { opset, parameters, ops } = modelFacts(model);
  const cost = costOfModel(model);
  return {
    inputs: session.inputs,
    outputs: session.outputs,
    opset: opset ?? 0,
    producer: model.producer.name,
    layers: WEIGHTED.reduce((sum, op) => sum + (ops.get(op) ?? 0), 0),
    operators: [...ops].map(([op, count]) => ({ op, count })),
    parameters,
    /** For one image; absent where a shape is not known. */
    macs: cost.macs,
    weighted: weightedLayers(model, cost),
    largestActivation: largestActivation(cost),
    bytes,
    space: spaceOfModel(model, passes),
  };
}

/** What each layer with weights costs, in order. A depthwise convolution has as many groups as outputs. */
function weightedLayers(model: Model, { nodes }: ModelCost) {
  const graph = viewOf(model);
  const groups = new Map(graph.nodes.map((node) => [graph.idOf(node), intAttribute(node, 'group', 1)]));
  return nodes
    .filter(({ op, parameters }) => parameters > 0 && WEIGHTED.some((each) => op.startsWith(each)))
    .map(({ id, op, shape, macs, parameters, bytes }) => {
      const group = groups.get(id) ?? 1;
      return { id, op, depthwise: op === 'Conv' && group > 1 && group === shape?.[1], shape, macs, parameters, bytes };
    });
}

/** The largest output of a node, as 32-bit numbers. */
function largestActivation({ nodes }: ModelCost) {
  return nodes
    .flatMap(({ id, shape }) => (shape ? [{ node: id, bytes: 4 * shape.reduce((product, dim) => product * dim, 1) }] : []))
    .reduce<{ node: string; bytes: number } | undefined>((most, each) => (most && most.bytes >= each.bytes ? most : each), undefined);
}

const WEIGHTED = ['Conv', 'ConvTranspose', 'Gemm', 'MatMul'];

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
