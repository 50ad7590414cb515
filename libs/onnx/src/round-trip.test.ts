import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Attribute, type Constant, decodeModel, elementTypeOf, encodeModel, type Model, type Node, type Value } from './index.ts';
import { addInt, addText, bytesOf, newMessage } from './wire-writer.ts';

// Any model that the types allow: what is written is read back the same, and written again to the same bytes.
const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const bytes = fc.uint8Array({ maxLength: 40 });
const whole = fc.oneof(
  fc.maxSafeInteger(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
);
const float = fc.float({ noDefaultInfinity: false, noNaN: false });

/** Fields with numbers that nothing in ONNX has. */
const unknown: fc.Arbitrary<Uint8Array> = fc
  .array(fc.tuple(fc.integer({ min: 500, max: 1 << 28 }), fc.oneof(text, whole)), { maxLength: 3 })
  .map((fields) => {
    const message = newMessage();
    for (const [field, value] of fields) {
      if (typeof value === 'string') addText(message, field, value);
      else addInt(message, field, value);
    }
    return bytesOf(message);
  });

const constant = (name: fc.Arbitrary<string>): fc.Arbitrary<Constant> =>
  fc
    .record({
      name,
      typeCode: fc.constantFrom(1, 2, 3, 6, 7, 10, 16, 21, 99),
      dims: fc.array(fc.nat(70000), { maxLength: 4 }),
      bytes,
      unknown,
    })
    .map(({ bytes: raw, ...rest }) => ({ ...rest, type: elementTypeOf(rest.typeCode), data: { kind: 'raw', bytes: raw } }));

const attribute: fc.Arbitrary<Attribute> = fc.oneof(
  fc.record({ kind: fc.constant('float' as const), value: float }),
  fc.record({ kind: fc.constant('int' as const), value: whole }),
  fc.record({ kind: fc.constant('string' as const), value: text }),
  fc.record({ kind: fc.constant('tensor' as const), value: constant(text) }),
  fc.record({ kind: fc.constant('floats' as const), value: fc.array(float, { maxLength: 5 }) }),
  fc.record({ kind: fc.constant('ints' as const), value: fc.array(whole, { maxLength: 5 }) }),
  fc.record({ kind: fc.constant('strings' as const), value: fc.array(text, { maxLength: 5 }) }),
);

const node: fc.Arbitrary<Node> = fc.record({
  name: text,
  op: text,
  domain: text,
  inputs: fc.array(text, { maxLength: 4 }),
  outputs: fc.array(text, { maxLength: 4 }),
  attributes: fc.array(fc.tuple(text, attribute), { maxLength: 3 }).map((entries) => new Map(entries)),
  unknown,
});

const value: fc.Arbitrary<Value> = fc.record({
  name: text,
  type: fc.constantFrom('float32', 'int8', 'string', 'bfloat16'),
  dims: fc.option(fc.array(fc.oneof(fc.nat(), fc.string({ minLength: 1, maxLength: 5 }), fc.constant(undefined)), { maxLength: 4 }), {
    nil: undefined,
  }),
  wire: fc.constant(undefined),
});

const byName = <Named extends { readonly name: string }>(items: readonly Named[]): Map<string, Named> =>
  new Map(items.map((item) => [item.name, item]));

const model: fc.Arbitrary<Model> = fc.record({
  irVersion: fc.integer({ min: 3, max: 13 }),
  opsets: fc.dictionary(text, fc.nat(1000)).map((others) => new Map([...Object.entries(others), ['', 17] as const])),
  producer: fc.record({ name: text, version: text }),
  metadata: fc.array(fc.tuple(text, text), { maxLength: 3 }).map((entries) => new Map(entries)),
  unknown,
  graph: fc.record({
    name: text,
    nodes: fc.array(node, { maxLength: 4 }),
    constants: fc.array(constant(text), { maxLength: 3 }).map(byName),
    inputs: fc.array(value, { maxLength: 3 }),
    outputs: fc.array(value, { maxLength: 3 }),
    values: fc.array(value, { maxLength: 3 }).map(byName),
    unknown,
  }),
});

describe('any model', () => {
  it('is read as it was written', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(model, (written) => {
        const file = encodeModel(written);
        const read = decodeModel(file);
        expect(withoutWire(read)).toEqual(withoutWire(written));
        expect(Buffer.compare(encodeModel(read), file)).toBe(0);
      }),
      { numRuns: 200 },
    );
  });
});

/** Values carry the bytes they came from; everything else must be equal. */
function withoutWire({ graph, ...rest }: Model): unknown {
  const bare = ({ name, type, dims }: Value): unknown => ({ name, type, dims });
  return {
    ...rest,
    graph: { ...graph, inputs: graph.inputs.map(bare), outputs: graph.outputs.map(bare), values: [...graph.values.values()].map(bare) },
  };
}
