import { FleetError } from '@fleetfit/core';
import type { AttributeInput, NewNode } from './graph-view.ts';
import type { Attribute, Constant, Node } from './model.ts';

/** A whole-number attribute: `intAttribute(conv, 'group', 1)`. @throws FleetError `invalid` when it is of another kind */
export function intAttribute(node: Node, name: string): number | undefined;
export function intAttribute(node: Node, name: string, fallback: number): number;
export function intAttribute(node: Node, name: string, fallback?: number): number | undefined {
  const attribute = ofKind(node, name, 'int');
  return attribute === undefined ? fallback : Number(attribute.value);
}

/** A list of whole numbers. @throws FleetError `invalid` when it is of another kind */
export function intsAttribute(node: Node, name: string): readonly number[] | undefined;
export function intsAttribute(node: Node, name: string, fallback: readonly number[]): readonly number[];
export function intsAttribute(node: Node, name: string, fallback?: readonly number[]): readonly number[] | undefined {
  const attribute = ofKind(node, name, 'ints');
  return attribute === undefined ? fallback : attribute.value.map(Number);
}

/** A number: `floatAttribute(norm, 'epsilon', 1e-5)`. @throws FleetError `invalid` when it is of another kind */
export function floatAttribute(node: Node, name: string): number | undefined;
export function floatAttribute(node: Node, name: string, fallback: number): number;
export function floatAttribute(node: Node, name: string, fallback?: number): number | undefined {
  return ofKind(node, name, 'float')?.value ?? fallback;
}

/** A text: `stringAttribute(conv, 'auto_pad', 'NOTSET')`. @throws FleetError `invalid` when it is of another kind */
export function stringAttribute(node: Node, name: string): string | undefined;
export function stringAttribute(node: Node, name: string, fallback: string): string;
export function stringAttribute(node: Node, name: string, fallback?: string): string | undefined {
  return ofKind(node, name, 'string')?.value ?? fallback;
}

/** A tensor: the value of a Constant node. @throws FleetError `invalid` when it is of another kind */
export function tensorAttribute(node: Node, name: string): Constant | undefined {
  return ofKind(node, name, 'tensor')?.value;
}

function ofKind<Kind extends Attribute['kind']>(
  node: Node,
  name: string,
  kind: Kind,
): Extract<Attribute, { readonly kind: Kind }> | undefined {
  const attribute = node.attributes.get(name);
  if (attribute === undefined) return undefined;
  if (isOfKind(attribute, kind)) return attribute;
  const where = node.name || node.outputs[0] || '';
  throw new FleetError('invalid', `Cannot use ${node.op} "${where}": its attribute "${name}" is of kind ${attribute.kind}, not ${kind}`);
}

function isOfKind<Kind extends Attribute['kind']>(
  attribute: Attribute,
  kind: Kind,
): attribute is Extract<Attribute, { readonly kind: Kind }> {
  return attribute.kind === kind;
}

/** The attributes of a new node. Opaque ones carry their name in their bytes, so they can only keep it. */
export function attributesOf(attributes: NewNode['attributes']): ReadonlyMap<string, Attribute> {
  if (attributes === undefined) return new Map();
  if (attributes instanceof Map) return attributes;
  return new Map(Object.entries(attributes).map(([name, input]) => [name, attributeOf(input)]));
}

function attributeOf(input: AttributeInput): Attribute {
  if (typeof input === 'number') return Number.isInteger(input) ? { kind: 'int', value: input } : { kind: 'float', value: input };
  if (typeof input === 'string') return { kind: 'string', value: input };
  if (isNumbers(input)) return input.every(Number.isInteger) ? { kind: 'ints', value: input } : { kind: 'floats', value: input };
  if ('kind' in input) return input;
  if ('float' in input) return { kind: 'float', value: input.float };
  if ('floats' in input) return { kind: 'floats', value: input.floats };
  return { kind: 'tensor', value: input.tensor };
}

const isNumbers = (input: AttributeInput): input is readonly number[] => Array.isArray(input);
