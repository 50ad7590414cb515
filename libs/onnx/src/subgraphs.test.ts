import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { graphMessage } from './encode-graph.ts';
import {
  bodiesOf,
  buildModel,
  capturedBy,
  constantOf,
  decodeModel,
  editModel,
  encodeModel,
  type Model,
  verifyModel,
  viewOf,
} from './index.ts';
import type { Attribute, Node } from './model.ts';
import { addBytes, addInt, addMessage, addText, bytesOf, newMessage } from './wire-writer.ts';

/** An attribute that holds the graph of a model. */
function body(name: string, model: Model): [string, Attribute] {
  const message = newMessage();
  addText(message, 1, name);
  addMessage(message, 6, graphMessage(model.graph));
  addInt(message, 20, 5);
  return [name, { kind: 'opaque', type: 5, value: bytesOf(message) }];
}

/** A branch that makes `out` from `read`, a value of the graph around it. */
const branch = (op: string, read: string): Model =>
  buildModel({
    name: op,
    opset: 17,
    inputs: [],
    outputs: [{ name: 'out', type: 'float32', dims: [2] }],
    nodes: [
      { op, inputs: [read], outputs: ['inner'] },
      { op: 'Mul', inputs: ['inner', 'factor'], outputs: ['out'] },
    ],
  });

/** y = c ? -relu(x) * factor : |relu(x)| * factor; factor is read in the bodies only. */
const conditional = buildModel({
  name: 'conditional',
  opset: 17,
  inputs: [
    { name: 'c', type: 'bool', dims: [] },
    { name: 'x', type: 'float32', dims: [2] },
  ],
  outputs: [{ name: 'y', type: 'float32', dims: [2] }],
  nodes: [
    { op: 'Relu', name: 'relu', inputs: ['x'], outputs: ['r'] },
    {
      op: 'If',
      name: 'if',
      inputs: ['c'],
      outputs: ['y'],
      attributes: new Map([body('then_branch', branch('Neg', 'r')), body('else_branch', branch('Abs', 'r'))]),
    },
  ],
  constants: [constantOf('factor', [1], Float32Array.of(3))],
});

/** The value between the two nodes of a branch, called `r` as a value outside is. */
function renamedInner(node: Node): Node {
  const named = (name: string): string => (name === 'inner' ? 'r' : name);
  return { ...node, inputs: node.inputs.map(named), outputs: node.outputs.map(named) };
}

function attributeWith(graph: Uint8Array): Uint8Array {
  const message = newMessage();
  addBytes(message, 6, graph);
  addInt(message, 20, 5);
  return bytesOf(message);
}

async function run(model: Model): Promise<unknown> {
  const session = await InferenceSession.create(encodeModel(model), { intraOpNumThreads: 1, logSeverityLevel: 4 });
  const { y } = await session.run({ c: new Tensor('bool', [true], []), x: new Tensor('float32', [1, -2], [2]) });
  await session.release();
  return y && Array.from(y.data as Float32Array);
}

const relu = (model: Model) => {
  const node = model.graph.nodes.find((other) => other.op === 'Relu');
  if (!node) throw new Error('no Relu');
  return node;
};

describe('subgraphs', () => {
  it('pass through to the byte', () => {
    const bytes = encodeModel(conditional);
    expect(encodeModel(decodeModel(bytes))).toEqual(bytes);
  });

  it('say what they read from around them', () => {
    const view = viewOf(conditional);
    const branching = view.nodeMaking('y');
    expect(branching && capturedBy(branching)).toEqual(['r', 'factor']);
    expect(branching && bodiesOf(branching).map((graph) => graph.nodes.length)).toEqual([2, 2]);
    expect(view.usersOf('r').map((node) => node.op)).toEqual(['If']);
    expect(view.usersOf('factor').map((node) => node.op)).toEqual(['If']);
  });

  it('keep the constants that they alone read, and follow a value to its new name', async () => {
    expect(await run(conditional)).toEqual([-3, -0]);
    const without = editModel(conditional, (editor) => {
      editor.replaceUses('r', 'x');
      editor.remove(relu(conditional));
    });
    verifyModel(without);
    expect([...without.graph.constants.keys()]).toEqual(['factor']);
    expect(await run(without)).toEqual([-3, 6]);
  });

  it('leave a name alone that they make themselves', () => {
    const renamed = editModel(conditional, (editor) => editor.replaceUses('inner', 'x'));
    const branching = viewOf(renamed).nodeMaking('y');
    expect(branching && capturedBy(branching)).toEqual(['r', 'factor']);
  });

  it('follow a renaming in the body that captures, not in the one that makes the name itself', () => {
    const own = branch('Abs', 'x');
    const maker = { ...own, graph: { ...own.graph, nodes: own.graph.nodes.map((node) => renamedInner(node)) } };
    const attributes = new Map([body('then_branch', branch('Neg', 'r')), body('else_branch', maker)]);
    const nodes = conditional.graph.nodes.map((node) => (node.op === 'If' ? { ...node, attributes } : node));
    const mixed = { ...conditional, graph: { ...conditional.graph, nodes } };
    const renamed = editModel(mixed, (editor) => editor.replaceUses('r', 'x'));
    const branching = viewOf(renamed).nodeMaking('y');
    const inputs = branching && bodiesOf(branching).map((graph) => graph.nodes.map((node) => node.inputs));
    expect(inputs).toEqual([
      [['x'], ['inner', 'factor']],
      [['x'], ['r', 'factor']],
    ]);
  });

  it('keep fresh names clear of theirs', () => {
    editModel(conditional, (editor) => {
      expect(editor.freshName('inner')).toBe('inner_1');
      expect(editor.freshName('out')).toBe('out_1');
    });
  });

  it('are verified: a value that nothing makes is found', () => {
    const removed = editModel(conditional, (editor) => editor.remove(relu(conditional)));
    expect(() => verifyModel(removed)).toThrow('If "if" reads "r", which nothing makes');
  });

  it('within subgraphs count too', () => {
    const nested = buildModel({
      name: 'nested',
      opset: 17,
      inputs: [],
      outputs: [{ name: 'z', type: 'float32', dims: [2] }],
      nodes: [
        {
          op: 'If',
          inputs: ['c'],
          outputs: ['z'],
          attributes: new Map([body('then_branch', branch('Neg', 'deep')), body('else_branch', branch('Abs', 'deep'))]),
        },
      ],
    });
    const node = { ...relu(conditional), op: 'If', inputs: ['c'], attributes: new Map([body('then_branch', nested)]) };
    expect(capturedBy(node)).toEqual(['c', 'deep', 'factor']);
  });

  it('nested beyond all reason are refused, not followed', () => {
    let wire: Uint8Array = new Uint8Array(0);
    for (let depth = 0; depth < 4000; depth++) {
      const attribute = newMessage();
      addBytes(attribute, 6, wire);
      addInt(attribute, 20, 5);
      const node = newMessage();
      addMessage(node, 5, attribute);
      const graph = newMessage();
      addMessage(graph, 1, node);
      wire = bytesOf(graph);
    }
    const attributes = new Map([['deep', { kind: 'opaque', type: 5, value: attributeWith(wire) } as const]]);
    const bytes = encodeModel({ ...conditional, graph: { ...conditional.graph, nodes: [{ ...relu(conditional), attributes }] } });
    expect(() => decodeModel(bytes)).toThrow('its graphs are nested too deeply');
  });

  it('that are broken are refused when the file is read', () => {
    const broken: Attribute = { kind: 'opaque', type: 5, value: Uint8Array.of(0x32, 0x02, 0x0a, 0x05) };
    const node = { ...relu(conditional), attributes: new Map([['then_branch', broken]]) };
    const bytes = encodeModel({ ...conditional, graph: { ...conditional.graph, nodes: [node] } });
    expect(() => decodeModel(bytes)).toThrow(/^Cannot read the model: /);
  });
});
