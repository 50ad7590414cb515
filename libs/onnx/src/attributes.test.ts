import { describe, expect, it } from 'vitest';
import {
  buildModel,
  decodeModel,
  encodeModel,
  floatAttribute,
  intAttribute,
  intsAttribute,
  type Node,
  stringAttribute,
  tensorAttribute,
} from './index.ts';

/** A node that was written and read back. */
function nodeWith(attributes: NonNullable<Parameters<typeof buildModel>[0]['nodes'][number]['attributes']>): Node {
  const nodes = [{ op: 'Op', name: 'n', inputs: [], outputs: ['y'], attributes }];
  const [node] = decodeModel(encodeModel(buildModel({ name: 'm', opset: 17, inputs: [], outputs: [], nodes }))).graph.nodes;
  if (!node) throw new Error('the node is gone');
  return node;
}

describe('attributes', () => {
  it('come back as the kind their value says', () => {
    const node = nodeWith({
      group: 2,
      alpha: 0.5,
      beta: { float: 1 },
      pads: [0, -1],
      scales: [1, 0.5],
      none: [],
      ones: { floats: [1] },
      mode: 'linear',
    });
    expect(intAttribute(node, 'group', 1)).toBe(2);
    expect(floatAttribute(node, 'alpha', 1)).toBe(0.5);
    expect(floatAttribute(node, 'beta')).toBe(1);
    expect(intsAttribute(node, 'pads')).toEqual([0, -1]);
    expect(node.attributes.get('scales')).toEqual({ kind: 'floats', value: [1, 0.5] });
    expect(intsAttribute(node, 'none', [7])).toEqual([]);
    expect(node.attributes.get('ones')).toEqual({ kind: 'floats', value: [1] });
    expect(stringAttribute(node, 'mode')).toBe('linear');
  });

  it('fall back when they are absent, and refuse another kind', () => {
    const node = nodeWith({ group: 2 });
    expect(intAttribute(node, 'axis')).toBeUndefined();
    expect(intAttribute(node, 'axis', -1)).toBe(-1);
    expect(tensorAttribute(node, 'value')).toBeUndefined();
    expect(() => floatAttribute(node, 'group', 1)).toThrow('Cannot use Op "n": its attribute "group" is of kind int, not float');
  });

  it('take those of another node as they are', () => {
    const node = nodeWith({ group: 2, mode: 'x' });
    expect(nodeWith(node.attributes).attributes).toEqual(node.attributes);
  });

  it('keep numbers that only a bigint can hold', () => {
    const attributes = new Map([['big', { kind: 'int', value: -(2n ** 63n) } as const]]);
    expect(nodeWith(attributes).attributes).toEqual(attributes);
  });
});
