import { describe, expect, it } from 'vitest';
import { buildModel, constantOf, modelFacts } from './index.ts';

describe('modelFacts', () => {
  it('counts what was learned, wherever it is kept', () => {
    const value = (name: string) => ({ name, type: 'float32', dims: [2] }) as const;
    const model = buildModel({
      name: 'm',
      opset: 17,
      inputs: [value('x'), value('w')],
      outputs: [value('z')],
      nodes: [
        { op: 'Constant', inputs: [], outputs: ['v'], attributes: { value: { tensor: constantOf('', [3, 2], new Float32Array(6)) } } },
        { op: 'Add', inputs: ['x', 'w'], outputs: ['a'] },
        { op: 'Gelu', domain: 'com.microsoft', inputs: ['a'], outputs: ['g'] },
        { op: 'Add', inputs: ['g', 'v'], outputs: ['s'] },
        { op: 'Reshape', inputs: ['s', 'shape'], outputs: ['z'] },
      ],
      constants: [constantOf('w', [2], new Float32Array(2)), constantOf('shape', [1], BigInt64Array.of(-1n))],
      domains: { 'com.microsoft': 1 },
    });
    const facts = modelFacts(model);
    expect(facts.inputs.map((input) => input.name)).toEqual(['x']);
    expect(facts).toMatchObject({ opset: 17, parameters: 8, weightBytes: 8 + 24 + 8 });
    expect([...facts.ops]).toEqual([
      ['Add', 2],
      ['com.microsoft.Gelu', 1],
      ['Reshape', 1],
    ]);
  });
});
