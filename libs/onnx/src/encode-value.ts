import { FleetError } from '@fleetfit/core';
import { decodeValue } from './decode-value.ts';
import { typeCodeOf } from './element-types.ts';
import type { Value } from './model.ts';
import { DIM, SHAPE, TENSOR_TYPE, TYPE, VALUE_INFO } from './schema.ts';
import { LENGTH, readMessage, readText } from './wire-reader.ts';
import { addBytes, addInt, addMessage, addText, addWire, type Message, newMessage } from './wire-writer.ts';

/** Adds a ValueInfoProto: the bytes it came as while they still say the same, else what the value says now. */
export function addValue(message: Message, field: number, value: Value): void {
  const { wire } = value;
  const was = wire && decodeValue(wire);
  if (wire && was && sameType(was, value)) {
    if (was.name === value.name) addBytes(message, field, wire);
    else addMessage(message, field, renamed(wire, value.name));
  } else addMessage(message, field, valueMessage(value));
}

function sameType(one: Value, other: Value): boolean {
  return (
    one.type === other.type &&
    (one.dims === undefined) === (other.dims === undefined) &&
    one.dims?.length === other.dims?.length &&
    (one.dims ?? []).every((dim, i) => dim === other.dims?.[i])
  );
}

function renamed(wire: Uint8Array, name: string): Message {
  const rest = readMessage(wire, (field, wireType, reader) => {
    if (field !== VALUE_INFO.name || wireType !== LENGTH) return false;
    readText(reader);
    return true;
  });
  const message = newMessage();
  addText(message, VALUE_INFO.name, name);
  addWire(message, rest);
  return message;
}

function valueMessage({ name, type, dims }: Value): Message {
  if (type === 'other') throw new FleetError('bug', `Cannot write the type of value "${name}": only dense tensors can be made anew`);
  const tensor = newMessage();
  addInt(tensor, TENSOR_TYPE.elementType, typeCodeOf(type));
  if (dims) addMessage(tensor, TENSOR_TYPE.shape, shapeMessage(dims));
  const typeMessage = newMessage();
  addMessage(typeMessage, TYPE.tensor, tensor);
  const message = newMessage();
  addText(message, VALUE_INFO.name, name);
  if (type !== 'undefined' || dims) addMessage(message, VALUE_INFO.type, typeMessage);
  return message;
}

function shapeMessage(dims: readonly (number | string | undefined)[]): Message {
  const shape = newMessage();
  for (const dim of dims) {
    const message = newMessage();
    if (typeof dim === 'number') addInt(message, DIM.value, dim);
    else if (dim !== undefined) addText(message, DIM.param, dim);
    addMessage(shape, SHAPE.dim, message);
  }
  return shape;
}
