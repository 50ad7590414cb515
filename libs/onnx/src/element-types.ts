import { FleetError } from '@fleetfit/core';
import type { ElementType } from './model.ts';

interface TypeFacts {
  readonly code: number;
  readonly bits: number;
}

// TensorProto.DataType; 0 bits: no fixed width.
const TYPES: Readonly<Record<Exclude<ElementType, 'other'>, TypeFacts>> = {
  undefined: { code: 0, bits: 0 },
  float32: { code: 1, bits: 32 },
  uint8: { code: 2, bits: 8 },
  int8: { code: 3, bits: 8 },
  uint16: { code: 4, bits: 16 },
  int16: { code: 5, bits: 16 },
  int32: { code: 6, bits: 32 },
  int64: { code: 7, bits: 64 },
  string: { code: 8, bits: 0 },
  bool: { code: 9, bits: 8 },
  float16: { code: 10, bits: 16 },
  float64: { code: 11, bits: 64 },
  uint32: { code: 12, bits: 32 },
  uint64: { code: 13, bits: 64 },
  complex64: { code: 14, bits: 64 },
  complex128: { code: 15, bits: 128 },
  bfloat16: { code: 16, bits: 16 },
  float8e4m3fn: { code: 17, bits: 8 },
  float8e4m3fnuz: { code: 18, bits: 8 },
  float8e5m2: { code: 19, bits: 8 },
  float8e5m2fnuz: { code: 20, bits: 8 },
  uint4: { code: 21, bits: 4 },
  int4: { code: 22, bits: 4 },
};

// Types without a word of their own: float4e2m1, float8e8m0, uint2, int2.
const OTHER_BITS: ReadonlyMap<number, number> = new Map([
  [23, 4],
  [24, 8],
  [25, 2],
  [26, 2],
]);

const names: readonly ElementType[] = Object.keys(TYPES).filter((name): name is Exclude<ElementType, 'other'> => name in TYPES);
const BY_CODE = new Map(names.map((name) => [typeCodeOf(name), name]));
const BITS = new Map([...Object.values(TYPES).map((facts): [number, number] => [facts.code, facts.bits]), ...OTHER_BITS]);

/** The word for a number of TensorProto.DataType. */
export function elementTypeOf(code: number): ElementType {
  return BY_CODE.get(code) ?? 'other';
}

/** The number of TensorProto.DataType for a word. @throws FleetError `bug` for `other`, which stands for many */
export function typeCodeOf(type: ElementType): number {
  if (type === 'other') throw new FleetError('bug', 'Cannot write a value of type "other": it has no type code');
  return TYPES[type].code;
}

/** Bits of an element by type code; undefined where it has no fixed width or is unknown. */
export function bitsOf(code: number): number | undefined {
  return BITS.get(code) || undefined;
}

/** Bytes that elements with these dims take, small types packed; undefined where the width is not known. */
export function byteLengthOf(code: number, dims: readonly number[]): number | undefined {
  const bits = bitsOf(code);
  return bits === undefined ? undefined : Math.ceil((countOf(dims) * bits) / 8);
}

/** How many elements: 1 for a scalar. */
export function countOf(dims: readonly number[]): number {
  return dims.reduce((count, dim) => count * dim, 1);
}
