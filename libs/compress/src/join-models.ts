import type { Model, Node } from '@fleetfit/onnx';

/** Two models of one opset in one graph that read the same image; values and nodes of the first get a prefix. */
export function joinModels(first: Model, second: Model, prefix: string): Model {
  const inputs = new Set(second.graph.inputs.map(({ name }) => name));
  const named = (name: string): string => (name === '' || inputs.has(name) ? name : `${prefix}${name}`);
  const nodes = first.graph.nodes.map(
    (node): Node => ({
      ...node,
      name: named(node.name || (node.outputs[0] ?? '')),
      inputs: node.inputs.map(named),
      outputs: node.outputs.map(named),
    }),
  );
  const constants = new Map([...first.graph.constants].map(([name, constant]) => [named(name), { ...constant, name: named(name) }]));
  return {
    ...second,
    graph: {
      ...second.graph,
      nodes: [...nodes, ...second.graph.nodes],
      constants: new Map([...constants, ...second.graph.constants]),
      values: new Map(),
    },
  };
}
