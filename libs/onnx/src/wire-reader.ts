/** Wire types of protocol buffers (https://protobuf.dev/programming-guides/encoding/). Groups (3 and 4) never occur in ONNX. */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH = 2;
export const FIXED32 = 5;

/** A place in bytes that are read as one message. `low` and `high` hold the last varint as two 32-bit halves. */
export interface Reader {
  readonly bytes: Uint8Array;
  readonly end: number;
  position: number;
  low: number;
  high: number;
}

/** Reads one known field; returns false, having read nothing, for a field it does not know. */
export type TakeField = (field: number, wireType: number, reader: Reader) => boolean;

/** What is wrong with wire bytes. Places are counted from the start of the buffer: only the border knows where the file begins. */
export class WireError extends Error {
  override readonly name = 'WireError';
  readonly place: WirePlace;

  constructor(what: string, place: WirePlace) {
    super(what);
    this.place = place;
  }
}

interface WirePlace {
  readonly byte: number;
  /** Set where bytes ended too early: where they end, and where they should end if that is known. */
  readonly end?: number;
  readonly wanted?: number | undefined;
}

const NOTHING = new Uint8Array(0);

/**
 * Walks the fields of a message. Views, never copies.
 * @returns the wire bytes of all fields that `take` did not know, in their order
 * @throws WireError where the bytes end too early or are no wire format
 */
export function readMessage(bytes: Uint8Array, take: TakeField): Uint8Array {
  const reader: Reader = { bytes, end: bytes.length, position: 0, low: 0, high: 0 };
  const unknown: number[] = [];
  while (reader.position < reader.end) {
    const start = reader.position;
    const tag = readUint(reader);
    const field = Math.floor(tag / 8);
    const wireType = tag % 8;
    if (field === 0) throw corrupt(reader, start, 'has a field with the number 0');
    if (take(field, wireType, reader)) continue;
    skipField(reader, wireType, start);
    if (unknown.at(-1) === start) unknown.pop();
    else unknown.push(start);
    unknown.push(reader.position);
  }
  return gather(bytes, unknown);
}

/** An unsigned integer below 2^53: tags, lengths, enums, dimensions. */
export function readUint(reader: Reader): number {
  const start = reader.position;
  readVarint(reader);
  const value = (reader.high >>> 0) * 4294967296 + (reader.low >>> 0);
  if (value > Number.MAX_SAFE_INTEGER) throw corrupt(reader, start, 'has a number that is too large for its field');
  return value;
}

/** A signed 64-bit integer: a number where that is exact, else a bigint. */
export function readInt64(reader: Reader): number | bigint {
  readVarint(reader);
  const value = (reader.high | 0) * 4294967296 + (reader.low >>> 0);
  return Number.isSafeInteger(value) ? value : (BigInt(reader.high | 0) << 32n) | BigInt(reader.low >>> 0);
}

/** The bytes of a string, bytes or message field: a view. */
export function readBytes(reader: Reader): Uint8Array {
  const length = readUint(reader);
  return readFixed(reader, length);
}

/** The next `length` bytes: a view. */
export function readFixed(reader: Reader, length: number): Uint8Array {
  const start = reader.position;
  const end = start + length;
  if (end > reader.end) throw tooShort(reader, end);
  reader.position = end;
  return reader.bytes.subarray(start, end);
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of bytes, or undefined where they are not UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined; // TextDecoder has no other way to say that bytes are not text
  }
}

/** A string field. @throws WireError where it is not UTF-8 */
export function readText(reader: Reader): string {
  const start = reader.position;
  const text = textOf(readBytes(reader));
  if (text === undefined) throw corrupt(reader, start, 'has a name that is not UTF-8');
  return text;
}

/** A repeated number field, packed (`LENGTH`) or one value at a time. */
export function readPacked(reader: Reader, wireType: number, one: (reader: Reader) => void): void {
  if (wireType !== LENGTH) return one(reader);
  const bytes = readBytes(reader);
  const inner: Reader = { bytes, end: bytes.length, position: 0, low: 0, high: 0 };
  while (inner.position < inner.end) one(inner);
}

// Protocol buffers write 7 bits a byte, least significant first; 10 bytes at most.
function readVarint(reader: Reader): void {
  const { bytes, position: start } = reader;
  let low = 0;
  let high = 0;
  for (let i = 0; i < 10; i++) {
    const at = start + i;
    const byte = bytes[at];
    if (byte === undefined || at >= reader.end) throw tooShort(reader, undefined);
    const bits = byte & 0x7f;
    if (i < 4) low |= bits << (7 * i);
    else if (i === 4) {
      low |= bits << 28;
      high = bits >>> 4;
    } else high |= bits << (7 * i - 32);
    if (byte < 0x80) {
      reader.position = at + 1;
      reader.low = low;
      reader.high = high;
      return;
    }
  }
  throw corrupt(reader, start, 'has a number of more than 10 bytes');
}

function skipField(reader: Reader, wireType: number, start: number): void {
  if (wireType === VARINT) readVarint(reader);
  else if (wireType === FIXED64) readFixed(reader, 8);
  else if (wireType === LENGTH) readBytes(reader);
  else if (wireType === FIXED32) readFixed(reader, 4);
  else throw corrupt(reader, start, `has a field of the unknown wire type ${wireType}`);
}

function gather(bytes: Uint8Array, ranges: readonly number[]): Uint8Array {
  const [start, end] = ranges;
  if (start === undefined) return NOTHING;
  if (ranges.length === 2) return bytes.subarray(start, end);
  const pieces: Uint8Array[] = [];
  for (let i = 0; i < ranges.length; i += 2) pieces.push(bytes.subarray(ranges[i], ranges[i + 1]));
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

function corrupt(reader: Reader, position: number, what: string): WireError {
  return new WireError(`it ${what}`, { byte: reader.bytes.byteOffset + position });
}

function tooShort(reader: Reader, wanted: number | undefined): WireError {
  const offset = reader.bytes.byteOffset;
  const end = offset + reader.end;
  return new WireError('a field runs over the end of its message', {
    byte: offset + reader.position,
    end,
    wanted: wanted === undefined ? undefined : offset + wanted,
  });
}
