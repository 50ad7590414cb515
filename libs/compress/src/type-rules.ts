import { type ElementType, elementTypeOf, intAttribute, type Node, tensorAttribute } from '@fleetfit/onnx';

/** Element types of the outputs of a node; undefined where they cannot be known. */
type TypeRule = (node: Node, of: (i: number) => ElementType | undefined, opset: number) => readonly (ElementType | undefined)[];

const always =
  (...types: readonly ElementType[]): TypeRule =>
  () =>
    types;
const asInput =
  (i: number): TypeRule =>
  (node, of) =>
    node.outputs.map(() => of(i));
const attribute =
  (name: string, fallback: ElementType | undefined): TypeRule =>
  (node) => {
    const code = intAttribute(node, name);
    return [code === undefined ? fallback : elementTypeOf(code)];
  };
const each = (ops: string, rule: TypeRule): Record<string, TypeRule> => Object.fromEntries(ops.split(/\s+/).map((op) => [op, rule]));

/** Operators whose results are of another type than their first input. */
const TYPE_RULES: Readonly<Record<string, TypeRule>> = {
  ...each('Shape Size NonZero ArgMax ArgMin NonMaxSuppression SequenceLength Multinomial StringSplit', always('int64')),
  ...each('Equal Greater Less GreaterOrEqual LessOrEqual And Or Xor Not IsNaN IsInf OptionalHasElement', always('bool')),
  ...each('ConvInteger MatMulInteger', always('int32')),
  ...each('TopK MaxPool', (_, of) => [of(0), 'int64']),
  ...each('SequenceConstruct SequenceInsert SequenceErase SequenceEmpty SplitToSequence SequenceAt ConcatFromSequence', always()),
  ...each('RandomNormal RandomUniform', attribute('dtype', 'float32')),
  Where: asInput(1),
  Dropout: (_, of, opset) => [of(0), opset < 10 ? of(0) : 'bool'],
  Unique: (_, of) => [of(0), 'int64', 'int64', 'int64'],
  OneHot: asInput(2),
  Cast: attribute('to', undefined),
  CastLike: asInput(1),
  EyeLike: (node, of) => {
    const code = intAttribute(node, 'dtype');
    return [code === undefined ? of(0) : elementTypeOf(code)];
  },
  ConstantOfShape: (node) => [tensorAttribute(node, 'value')?.type ?? 'float32'],
  QuantizeLinear: (node, of, opset) => [of(2) ?? attribute('output_dtype', 'uint8')(node, of, opset)[0]],
  DequantizeLinear: asInput(1),
  DynamicQuantizeLinear: always('uint8', 'float32', 'uint8'),
  QLinearConv: asInput(7),
  QLinearMatMul: asInput(7),
  BitCast: attribute('to', undefined),
};

/** The element types of what a node makes: those of its first input, where its operator says nothing else. */
export function typesOf(
  node: Node,
  typeOf: (value: string) => ElementType | undefined,
  opset: number,
): readonly (ElementType | undefined)[] | undefined {
  if (node.domain !== '') return undefined;
  const of = (i: number): ElementType | undefined => typeOf(node.inputs[i] ?? '');
  const rule = TYPE_RULES[node.op];
  return rule ? rule(node, of, opset) : node.outputs.map(() => of(0));
}
