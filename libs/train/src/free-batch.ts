import type { Model, Value } from '@fleetfit/onnx';

/** The model with an open first dimension of its inputs and outputs, for batches of any size; what it says of values in between is dropped. */
export function freeBatch(model: Model): Model {
  const { graph } = model;
  const open = (value: Value): Value => ({ ...value, dims: value.dims?.map((dim, axis) => (axis === 0 ? 'N' : dim)), wire: undefined });
  const inputs = graph.inputs.map((value) => (graph.constants.has(value.name) ? value : open(value)));
  const outputs = graph.outputs.map((value) => ({ ...value, dims: undefined, wire: undefined }));
  return { ...model, graph: { ...graph, inputs, outputs, values: new Map() } };
}
