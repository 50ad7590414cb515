import { unreachable } from '@fleetfit/core';
import type { Constant, ConstantData } from './model.ts';
import { ENTRY, TENSOR } from './schema.ts';
import { addBytes, addInt, addMessage, addPackedInts, addText, addWire, type Message, newMessage } from './wire-writer.ts';

/** A TensorProto, ready to be written: raw data is copied once, when the whole file is. */
export function tensorMessage(constant: Constant): Message {
  const message = newMessage();
  if (constant.dims.length > 0) addPackedInts(message, TENSOR.dims, constant.dims);
  addInt(message, TENSOR.dataType, constant.typeCode);
  if (constant.name) addText(message, TENSOR.name, constant.name);
  addData(message, constant.data);
  addWire(message, constant.unknown);
  return message;
}

function addData(message: Message, data: ConstantData): void {
  switch (data.kind) {
    case 'raw':
      if (data.bytes.length > 0) addBytes(message, TENSOR.rawData, data.bytes);
      return;
    case 'strings':
      for (const value of data.values) addBytes(message, TENSOR.stringData, value);
      return;
    case 'external':
      addEntry(message, 'location', data.location);
      addEntry(message, 'offset', String(data.offset));
      if (data.length !== undefined) addEntry(message, 'length', String(data.length));
      addInt(message, TENSOR.dataLocation, 1);
      return;
    default:
      return unreachable(data);
  }
}

function addEntry(message: Message, key: string, value: string): void {
  const entry = newMessage();
  addText(entry, ENTRY.key, key);
  addText(entry, ENTRY.value, value);
  addMessage(message, TENSOR.externalData, entry);
}
