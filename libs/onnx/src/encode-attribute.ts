import { unreachable } from '@fleetfit/core';
import { tensorMessage } from './encode-tensor.ts';
import type { Attribute } from './model.ts';
import { ATTRIBUTE, ATTRIBUTE_TYPE } from './schema.ts';
import { addFloat, addInt, addMessage, addPackedFloats, addPackedInts, addText, addWire, type Message, newMessage } from './wire-writer.ts';

/** An AttributeProto, ready to be written. Opaque attributes are wire bytes already and never come here. */
export function attributeMessage(name: string, attribute: Exclude<Attribute, { readonly kind: 'opaque' }>): Message {
  const message = newMessage();
  addText(message, ATTRIBUTE.name, name);
  addValue(message, attribute);
  addInt(message, ATTRIBUTE.type, ATTRIBUTE_TYPE[attribute.kind]);
  if (attribute.unknown) addWire(message, attribute.unknown);
  return message;
}

function addValue(message: Message, attribute: Exclude<Attribute, { readonly kind: 'opaque' }>): void {
  switch (attribute.kind) {
    case 'float':
      return addFloat(message, ATTRIBUTE.float, attribute.value);
    case 'int':
      return addInt(message, ATTRIBUTE.int, attribute.value);
    case 'string':
      return addText(message, ATTRIBUTE.string, attribute.value);
    case 'tensor':
      return addMessage(message, ATTRIBUTE.tensor, tensorMessage(attribute.value));
    case 'floats':
      return addPackedFloats(message, ATTRIBUTE.floats, attribute.value);
    case 'ints':
      return addPackedInts(message, ATTRIBUTE.ints, attribute.value);
    case 'strings':
      for (const text of attribute.value) addText(message, ATTRIBUTE.strings, text);
      return;
    default:
      return unreachable(attribute);
  }
}
