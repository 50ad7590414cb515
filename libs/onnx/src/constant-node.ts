import { constantOf } from './constant-values.ts';
import { typeCodeOf } from './element-types.ts';
import type { Attribute, Constant, Node } from './model.ts';

const known = new WeakMap<Node, Constant>();

/**
 * What a Constant node holds, in whichever attribute its exporter put it, named as its output.
 * Undefined for other nodes, and for sparse tensors.
 */
export function constantOfNode(node: Node): Constant | undefined {
  if (node.op !== 'Constant' || node.domain !== '') return undefined;
  const before = known.get(node);
  if (before) return before;
  const [name = ''] = node.outputs;
  for (const [key, attribute] of node.attributes) {
    const constant = fromAttribute(name, key, attribute);
    if (constant) known.set(node, constant);
    if (constant) return constant;
  }
  return undefined;
}

function fromAttribute(name: string, key: string, attribute: Attribute): Constant | undefined {
  if (key === 'value' && attribute.kind === 'tensor') return { ...attribute.value, name };
  if (key === 'value_float' && attribute.kind === 'float') return constantOf(name, [], Float32Array.of(attribute.value));
  if (key === 'value_floats' && attribute.kind === 'floats')
    return constantOf(name, [attribute.value.length], Float32Array.from(attribute.value));
  if (key === 'value_int' && attribute.kind === 'int') return constantOf(name, [], BigInt64Array.of(BigInt(attribute.value)));
  if (key === 'value_ints' && attribute.kind === 'ints')
    return constantOf(name, [attribute.value.length], BigInt64Array.from(attribute.value, BigInt));
  if (key === 'value_string' && attribute.kind === 'string') return textConstant(name, [], [attribute.value]);
  if (key === 'value_strings' && attribute.kind === 'strings') return textConstant(name, [attribute.value.length], attribute.value);
  return undefined;
}

function textConstant(name: string, dims: readonly number[], texts: readonly string[]): Constant {
  const encoder = new TextEncoder();
  const values = texts.map((text) => encoder.encode(text));
  return { name, type: 'string', typeCode: typeCodeOf('string'), dims, data: { kind: 'strings', values }, unknown: new Uint8Array(0) };
}
