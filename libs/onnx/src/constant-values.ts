import { FleetError } from '@fleetfit/core';
import { byteLengthOf, countOf, typeCodeOf } from './element-types.ts';
import { float32ArrayOf } from './half-float.ts';
import type { Constant, ElementType } from './model.ts';

/** Arrays that make a constant; a Uint16Array holds the bits of half floats. */
export type ConstantArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

const NOTHING = new Uint8Array(0);

/**
 * A constant of the type that the array holds. A view of the array: do not write to it afterwards.
 * @throws FleetError `bug` when dims and length disagree
 */
export function constantOf(name: string, dims: readonly number[], data: ConstantArray): Constant {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return rawConstant({ name, type: typeOf(data), dims, bytes });
}

/** A constant of any type from little-endian bytes: bool, bfloat16, packed int4. @throws FleetError `bug` when dims and length disagree */
export function rawConstant(from: { name: string; type: ElementType; dims: readonly number[]; bytes: Uint8Array }): Constant {
  const { name, type, dims, bytes } = from;
  const typeCode = typeCodeOf(type);
  const wanted = byteLengthOf(typeCode, dims);
  if (wanted !== bytes.length)
    throw new FleetError(
      'bug',
      `Cannot make constant "${name}": ${type}[${dims.join(',')}] takes ${wanted} bytes, ${bytes.length} were given`,
    );
  return { name, type, typeCode, dims, data: { kind: 'raw', bytes }, unknown: NOTHING };
}

function typeOf(data: ConstantArray): ElementType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Int8Array) return 'int8';
  if (data instanceof Uint8Array) return 'uint8';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof BigInt64Array) return 'int64';
  if (data instanceof Uint16Array) return 'float16';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof Int16Array) return 'int16';
  if (data instanceof Uint32Array) return 'uint32';
  return 'uint64';
}

/**
 * The numbers of a constant as float32. For float32 a view where alignment allows it: copy before writing.
 * @throws FleetError `invalid` for types that hold no numbers, for external data, and where bytes and dims disagree
 */
export function floatsOf(constant: Constant): Float32Array {
  const bytes = elementBytes(constant);
  const count = countOf(constant.dims);
  switch (constant.type) {
    case 'float32':
      return bytes.byteOffset % 4 === 0 ? new Float32Array(bytes.buffer, bytes.byteOffset, count) : new Float32Array(bytes.slice().buffer);
    case 'float16':
      return float32ArrayOf(new Uint16Array(bytes.slice().buffer));
    case 'bfloat16': {
      const halves = new Uint16Array(bytes.slice().buffer);
      return new Float32Array(Uint32Array.from(halves, (half) => half * 65536).buffer);
    }
    case 'float64':
      return Float32Array.from(new Float64Array(bytes.slice().buffer));
    default:
      return Float32Array.from(integers(constant, bytes));
  }
}

/**
 * The whole numbers of a constant: shapes, axes, quantized weights.
 * @throws FleetError `invalid` for other types, for external data, and for numbers above 2^53
 */
export function intsOf(constant: Constant): number[] {
  const values = integers(constant, elementBytes(constant));
  if (!values.every(Number.isSafeInteger)) throw wrong(constant, 'it holds numbers above 2^53');
  return values;
}

/** The little-endian bytes of a constant that lies in the file. @throws FleetError `invalid` for external data and text */
export function elementBytes(constant: Constant): Uint8Array {
  const { data, typeCode, dims } = constant;
  if (data.kind === 'external')
    throw wrong(constant, `it lies in another file, "${data.location}", that was not read yet (internalize does it)`);
  if (data.kind === 'strings') throw wrong(constant, 'it holds text');
  const wanted = byteLengthOf(typeCode, dims);
  if (wanted !== undefined && wanted !== data.bytes.length)
    throw wrong(constant, `${constant.type}[${dims.join(',')}] takes ${wanted} bytes, the file has ${data.bytes.length}`);
  return data.bytes;
}

function integers(constant: Constant, bytes: Uint8Array): number[] {
  // A copy, because the view may be unaligned.
  const aligned = bytes.slice().buffer;
  switch (constant.type) {
    case 'int8':
      return Array.from(new Int8Array(aligned));
    case 'uint8':
    case 'bool':
      return Array.from(bytes);
    case 'int16':
      return Array.from(new Int16Array(aligned));
    case 'uint16':
      return Array.from(new Uint16Array(aligned));
    case 'int32':
      return Array.from(new Int32Array(aligned));
    case 'uint32':
      return Array.from(new Uint32Array(aligned));
    case 'int64':
      return Array.from(new BigInt64Array(aligned), Number);
    case 'uint64':
      return Array.from(new BigUint64Array(aligned), Number);
    case 'int4':
      return nibbles(bytes, countOf(constant.dims)).map((value) => (value > 7 ? value - 16 : value));
    case 'uint4':
      return nibbles(bytes, countOf(constant.dims));
    default:
      throw wrong(constant, `its type is ${constant.type}`);
  }
}

// Two a byte, the first in the low half.
function nibbles(bytes: Uint8Array, count: number): number[] {
  return Array.from({ length: count }, (_, i) => ((bytes[i >> 1] ?? 0) >> (i % 2 === 0 ? 0 : 4)) & 15);
}

function wrong(constant: Constant, what: string): FleetError {
  return new FleetError('invalid', `Cannot read the numbers of constant "${constant.name}": ${what}`);
}
