import type { ElementType, ModelFiles } from './runtime.ts';

// Models of one node, written field by field (onnx.proto, IR version 8, opset 13), because the lib that writes models stands above this one.

// Of the element types that an Identity can carry in these tests.
const TYPE_NUMBERS: Partial<Record<ElementType, number>> = { float32: 1, uint8: 2, int8: 3, int64: 7, bool: 9, float16: 10 };

/** `y = x` for any shape `[n, 2]`. */
export function identityModel(type: ElementType): ModelFiles {
  const graph = [
    ...message(1, [...text(1, 'x'), ...text(2, 'y'), ...text(4, 'Identity')]),
    ...text(2, 'identity'),
    ...value(11, { name: 'x', type }),
    ...value(12, { name: 'y', type }),
  ];
  return { graph: model(graph), externalData: new Map() };
}

/** `y = x + w` for float32 `[n, 2]`, with `w` kept outside under the location `weights.bin`. */
export function addModel(w: readonly [number, number]): ModelFiles {
  const graph = [
    ...message(1, [...text(1, 'x'), ...text(1, 'w'), ...text(2, 'y'), ...text(4, 'Add')]),
    ...text(2, 'add'),
    ...outsideWeights('weights.bin'),
    ...value(11, { name: 'x', type: 'float32' }),
    ...value(12, { name: 'y', type: 'float32' }),
  ];
  return { graph: model(graph), externalData: new Map([['weights.bin', new Uint8Array(Float32Array.of(...w).buffer)]]) };
}

/**
 * A classifier of two classes for images of one row and two grey pixels, float32 `[n, 1, 1, 2]`: a class scores as bright as its pixel,
 * plus `w`, which is kept outside under `location`.
 */
export function pixelModel(w: readonly [number, number], location: string): ModelFiles {
  const graph = [
    ...message(1, [...text(1, 'x'), ...text(2, 'flat'), ...text(4, 'Flatten')]),
    ...message(1, [...text(1, 'flat'), ...text(1, 'w'), ...text(2, 'y'), ...text(4, 'Add')]),
    ...text(2, 'pixels'),
    ...outsideWeights(location),
    ...value(11, { name: 'x', type: 'float32', shape: [1, 1, 2] }),
    ...value(12, { name: 'y', type: 'float32' }),
  ];
  return { graph: model(graph), externalData: new Map([[location, new Uint8Array(Float32Array.of(...w).buffer)]]) };
}

/** A well-formed model with an operator that no runtime has. */
export function unknownOperatorModel(): ModelFiles {
  const graph = [
    ...message(1, [...text(1, 'x'), ...text(2, 'y'), ...text(4, 'NoSuchOperator')]),
    ...text(2, 'unknown'),
    ...value(11, { name: 'x', type: 'float32' }),
    ...value(12, { name: 'y', type: 'float32' }),
  ];
  return { graph: model(graph), externalData: new Map() };
}

function model(graph: readonly number[]): Uint8Array {
  return Uint8Array.from([...number(1, 8), ...message(7, graph), ...message(8, [...text(1, ''), ...number(2, 13)])]);
}

// Two float32, eight bytes, under a location.
function outsideWeights(location: string): number[] {
  const where = message(13, [...text(1, 'location'), ...text(2, location)]);
  const length = message(13, [...text(1, 'length'), ...text(2, '8')]);
  return message(5, [...number(1, 2), ...number(2, 1), ...text(8, 'w'), ...where, ...length, ...number(14, 1)]);
}

interface Value {
  readonly name: string;
  readonly type: ElementType;
  /** After the free dimension. */
  readonly shape?: readonly number[];
}

function value(field: number, { name, type, shape = [2] }: Value): number[] {
  const dims = [...message(1, text(2, 'n')), ...shape.flatMap((dim) => message(1, number(1, dim)))];
  const tensor = message(1, [...number(1, TYPE_NUMBERS[type] ?? 0), ...message(2, dims)]);
  return message(field, [...text(1, name), ...message(2, tensor)]);
}

// The three wire shapes of protobuf that are needed: varints, and bytes with their length in front.
function number(field: number, of: number): number[] {
  return [...varint(field << 3), ...varint(of)];
}

function message(field: number, bytes: readonly number[]): number[] {
  return [...varint((field << 3) | 2), ...varint(bytes.length), ...bytes];
}

function text(field: number, of: string): number[] {
  return message(
    field,
    Array.from(of, (letter) => letter.charCodeAt(0)),
  );
}

function varint(of: number): number[] {
  return of < 128 ? [of] : [(of & 127) | 128, ...varint(of >>> 7)];
}
