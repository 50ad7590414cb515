import { describe, expect, it } from 'vitest';
import { buildModel, constantOf, type Graph, type Model, type NewNode, verifyModel } from './index.ts';

const model = (nodes: readonly NewNode[], output = 'y'): Model =>
  buildModel({
    name: 'm',
    opset: 17,
    inputs: [{ name: 'x', type: 'float32', dims: [2] }],
    outputs: [{ name: output, type: 'float32', dims: [2] }],
    nodes,
    constants: [constantOf('w', [2], Float32Array.of(1, 2))],
  });
const mul = { op: 'Mul', name: 'mul', inputs: ['x', 'w'], outputs: ['y'] };
const good = model([mul]);
const withGraph = (change: Partial<Graph>): Model => ({ ...good, graph: { ...good.graph, ...change } });

function codeOf(run: () => void): unknown {
  try {
    run();
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown ? thrown.code : thrown;
  }
  return 'nothing';
}

describe('verifyModel', () => {
  it('lets a good model pass, with inputs that are left out', () => {
    verifyModel(good);
    verifyModel(model([{ op: 'Clip', inputs: ['x', '', 'w'], outputs: ['y'] }]));
  });

  it.each([
    ['a value made twice', model([mul, { ...mul, name: 'again' }]), 'value "y" is made twice, the second time by Mul "again"'],
    ['a node that makes an initializer', model([{ ...mul, outputs: ['w'] }], 'w'), 'value "w" is made twice'],
    ['a node that makes an input', model([{ ...mul, outputs: ['x'] }], 'x'), 'value "x" is made twice'],
    ['an undefined input', model([{ ...mul, inputs: ['x', 'nowhere'] }]), 'Mul "mul" reads "nowhere", which nothing makes'],
    [
      'wrong order',
      model([
        { ...mul, inputs: ['a', 'w'] },
        { op: 'Relu', inputs: ['x'], outputs: ['a'] },
      ]),
      'Mul "mul" reads "a" before Relu "a" makes it',
    ],
    [
      'a cycle',
      model([
        { ...mul, inputs: ['a', 'w'] },
        { op: 'Relu', inputs: ['y'], outputs: ['a'] },
      ]),
      'it has a cycle',
    ],
    ['an output that nothing makes', model([mul], 'z'), 'output "z" is made by nothing'],
    ['an input listed twice', withGraph({ inputs: [...good.graph.inputs, ...good.graph.inputs] }), 'input "x" is listed twice'],
    ['an unknown domain', model([{ ...mul, domain: 'com.example' }]), 'is of domain "com.example", for which the model names no version'],
  ])('names %s', (_what, bad, message) => {
    expect(() => verifyModel(bad)).toThrow(message);
    expect(codeOf(() => verifyModel(bad))).toBe('invalid');
  });

  it('finds constants whose bytes are not what their dims say', () => {
    const weight = { ...constantOf('w', [2], Float32Array.of(1, 2)), dims: [3] };
    const bad = withGraph({ constants: new Map([['w', weight]]) });
    expect(() => verifyModel(bad)).toThrow('constant "w", float32[3], has 8 bytes instead of 12');
    expect(codeOf(() => verifyModel(bad))).toBe('corrupt');
    const held = model([{ op: 'Constant', inputs: [], outputs: ['y'], attributes: { value: { tensor: weight } } }]);
    expect(codeOf(() => verifyModel(held))).toBe('corrupt');
  });
});
