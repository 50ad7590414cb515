import { FleetError } from '@fleetfit/core';
import { bitsOf, elementTypeOf } from './element-types.ts';
import type { Constant, ConstantData } from './model.ts';
import { ENTRY, TENSOR } from './schema.ts';
import {
  FIXED32,
  FIXED64,
  LENGTH,
  type Reader,
  readBytes,
  readFixed,
  readInt64,
  readMessage,
  readPacked,
  readText,
  readUint,
  type TakeField,
  VARINT,
} from './wire-reader.ts';

/** What a TensorProto holds while it is read. */
interface Draft {
  name: string;
  typeCode: number;
  external: boolean;
  raw: Uint8Array | undefined;
  readonly dims: number[];
  /** float_data, double_data, complex: little-endian already. */
  readonly fixed: Uint8Array[];
  /** int32_data, int64_data, uint64_data. */
  readonly integers: (number | bigint)[];
  readonly strings: Uint8Array[];
  readonly entries: Map<string, string>;
  /** Wire bytes of entries that we do not use (checksums). */
  readonly otherEntries: Uint8Array[];
}

/**
 * Reads a TensorProto. Elements that the file keeps in typed fields become little-endian bytes, so that there is one form.
 * @throws WireError, FleetError `corrupt`, or `invalid` for a location that leads out of the model's folder
 */
export function decodeTensor(bytes: Uint8Array): Constant {
  const draft: Draft = {
    name: '',
    typeCode: 0,
    external: false,
    raw: undefined,
    dims: [],
    fixed: [],
    integers: [],
    strings: [],
    entries: new Map(),
    otherEntries: [],
  };
  const unknown = readMessage(bytes, takeInto(draft));
  const { name, typeCode, dims } = draft;
  return { name, type: elementTypeOf(typeCode), typeCode, dims, data: dataOf(draft), unknown: joined([unknown, ...draft.otherEntries]) };
}

function takeInto(draft: Draft): TakeField {
  return (field, wireType, reader) => {
    if (wireType === LENGTH) return takeBytes(draft, field, reader);
    if (wireType === VARINT) {
      if (field === TENSOR.dataType) draft.typeCode = readUint(reader);
      else if (field === TENSOR.dataLocation) draft.external = readUint(reader) === 1;
      else if (field === TENSOR.dims) draft.dims.push(readUint(reader));
      else if (isInteger(field)) draft.integers.push(readInt64(reader));
      else return false;
      return true;
    }
    if (wireType === FIXED32 && field === TENSOR.floatData) draft.fixed.push(readFixed(reader, 4));
    else if (wireType === FIXED64 && field === TENSOR.doubleData) draft.fixed.push(readFixed(reader, 8));
    else return false;
    return true;
  };
}

function takeBytes(draft: Draft, field: number, reader: Reader): boolean {
  if (field === TENSOR.rawData) draft.raw = readBytes(reader);
  else if (field === TENSOR.name) draft.name = readText(reader);
  else if (field === TENSOR.dims) readPacked(reader, LENGTH, (inner) => draft.dims.push(readUint(inner)));
  else if (field === TENSOR.floatData || field === TENSOR.doubleData) draft.fixed.push(readBytes(reader));
  else if (isInteger(field)) readPacked(reader, LENGTH, (inner) => draft.integers.push(readInt64(inner)));
  else if (field === TENSOR.stringData) draft.strings.push(readBytes(reader));
  else if (field === TENSOR.externalData) takeEntry(draft, readBytes(reader));
  else return false;
  return true;
}

const isInteger = (field: number): boolean => field === TENSOR.int32Data || field === TENSOR.int64Data || field === TENSOR.uint64Data;

function takeEntry(draft: Draft, wire: Uint8Array): void {
  let key = '';
  let value = '';
  readMessage(wire, (field, wireType, reader) => {
    if (wireType !== LENGTH) return false;
    if (field === ENTRY.key) key = readText(reader);
    else if (field === ENTRY.value) value = readText(reader);
    else return false;
    return true;
  });
  if (key === 'location' || key === 'offset' || key === 'length') draft.entries.set(key, value);
  else draft.otherEntries.push(entryField(wire));
}

// The entry with its tag and length before it. Entries are short; 16,383 bytes is what a two-byte length holds.
function entryField(wire: Uint8Array): Uint8Array {
  if (wire.length > 16383) throw new FleetError('corrupt', 'Cannot read the model: an external data entry has more than 16383 bytes');
  return joined([Uint8Array.of(TENSOR.externalData * 8 + LENGTH, (wire.length % 128) | 128, wire.length >> 7), wire]);
}

function dataOf(draft: Draft): ConstantData {
  if (draft.external) return externalOf(draft);
  if (draft.typeCode === 8) return { kind: 'strings', values: draft.strings };
  if (draft.raw) return { kind: 'raw', bytes: draft.raw };
  if (draft.fixed.length > 0) return { kind: 'raw', bytes: joined(draft.fixed) };
  return { kind: 'raw', bytes: integerBytes(draft) };
}

function externalOf({ name, entries }: Draft): ConstantData {
  const location = safeLocation(entries.get('location') ?? '', name);
  const length = entries.get('length');
  return {
    kind: 'external',
    location,
    offset: byteCount(entries.get('offset') ?? '0', name),
    length: length === undefined ? undefined : byteCount(length, name),
  };
}

function byteCount(text: string, name: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new FleetError(
      'corrupt',
      `Cannot read the model: the external data of "${name}" has "${text.slice(0, 40)}" as a number of bytes`,
    );
  return value;
}

// Windows separators and drives, memory addresses of onnxruntime, control characters.
const FORBIDDEN = /[\\:*\p{Cc}]/u;

/**
 * A location is a path inside the model's own folder. Files come from strangers: whatever could lead elsewhere is refused.
 * @throws FleetError `invalid`
 */
export function safeLocation(location: string, tensor: string): string {
  const parts = location.split('/');
  const leadsOut = parts.some((part) => part === '' || part === '..' || part === '.') || FORBIDDEN.test(location);
  if (leadsOut)
    throw new FleetError(
      'invalid',
      `Cannot use the model: tensor "${tensor}" lies in "${location.slice(0, 120)}", which is not a plain path inside the model's folder`,
    );
  return location;
}

function integerBytes({ integers, typeCode }: Draft): Uint8Array {
  // Half floats, bools and types of 8 bits and fewer come as one int32 an element or byte.
  const width = Math.max(8, bitsOf(typeCode) ?? 8) / 8;
  const view = new DataView(new ArrayBuffer(integers.length * width));
  integers.forEach((value, i) => {
    if (width === 8) view.setBigInt64(i * 8, BigInt.asIntN(64, BigInt(value)), true);
    else if (width === 4) view.setInt32(i * 4, Number(value), true);
    else if (width === 2) view.setInt16(i * 2, Number(value), true);
    else view.setInt8(i, Number(value));
  });
  return new Uint8Array(view.buffer);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const some = pieces.filter((piece) => piece.length > 0);
  const [only] = some;
  if (only === undefined) return new Uint8Array(0);
  if (some.length === 1) return only;
  const all = new Uint8Array(some.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of some) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
