import { FIXED32, LENGTH, VARINT } from './wire-reader.ts';

/** An unsigned varint (number, or bigint of 64 bits), bytes to copy, or a message with its length before it. */
type Part = number | bigint | Uint8Array | Message;

/** A message about to be written: its size is known at every moment, its bytes are copied once, at the end. */
export interface Message {
  size: number;
  readonly parts: Part[];
}

export const newMessage = (): Message => ({ size: 0, parts: [] });

/** A whole-number field: enum, int32, int64. Negative numbers take ten bytes, as the format wants. */
export function addInt(message: Message, field: number, value: number | bigint): void {
  addVarint(message, field * 8 + VARINT);
  addVarint(message, value);
}

export function addBytes(message: Message, field: number, bytes: Uint8Array): void {
  addVarint(message, field * 8 + LENGTH);
  addVarint(message, bytes.length);
  addWire(message, bytes);
}

const encoder = new TextEncoder();

export function addText(message: Message, field: number, text: string): void {
  addBytes(message, field, encoder.encode(text));
}

export function addFloat(message: Message, field: number, value: number): void {
  addVarint(message, field * 8 + FIXED32);
  addWire(message, floatBytes([value]));
}

export function addPackedFloats(message: Message, field: number, values: readonly number[]): void {
  addBytes(message, field, floatBytes(values));
}

export function addPackedInts(message: Message, field: number, values: readonly (number | bigint)[]): void {
  const packed = newMessage();
  for (const value of values) addVarint(packed, value);
  addMessage(message, field, packed);
}

export function addMessage(message: Message, field: number, inner: Message): void {
  addVarint(message, field * 8 + LENGTH);
  message.parts.push(inner);
  message.size += varintSize(inner.size) + inner.size;
}

/** Fields that are wire bytes already. */
export function addWire(message: Message, wire: Uint8Array): void {
  if (wire.length === 0) return;
  message.parts.push(wire);
  message.size += wire.length;
}

/** One allocation of the exact size, one copy of every byte. */
export function bytesOf(message: Message): Uint8Array {
  const out = new Uint8Array(message.size);
  writeParts(message, out, 0);
  return out;
}

function addVarint(message: Message, value: number | bigint): void {
  const part = value < 0 ? BigInt.asUintN(64, BigInt(value)) : value;
  message.parts.push(part);
  message.size += varintSize(part);
}

function varintSize(value: number | bigint): number {
  if (typeof value === 'bigint') return Math.max(1, Math.ceil(value.toString(2).length / 7));
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

function writeParts(message: Message, out: Uint8Array, start: number): number {
  let at = start;
  for (const part of message.parts) {
    if (typeof part === 'number' || typeof part === 'bigint') at = writeVarint(part, out, at);
    else if (part instanceof Uint8Array) {
      out.set(part, at);
      at += part.length;
    } else at = writeParts(part, out, writeVarint(part.size, out, at));
  }
  return at;
}

function writeVarint(value: number | bigint, out: Uint8Array, start: number): number {
  let at = start;
  if (typeof value === 'bigint') {
    let rest = value;
    for (; rest >= 128n; rest >>= 7n) out[at++] = Number(rest & 127n) | 128;
    out[at++] = Number(rest);
    return at;
  }
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) out[at++] = (rest % 128) | 128;
  out[at++] = rest;
  return at;
}

function floatBytes(values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) => {
    view.setFloat32(i * 4, value, true);
  });
  return new Uint8Array(view.buffer);
}
