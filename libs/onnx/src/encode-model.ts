import { FleetError } from '@fleetfit/core';
import { graphMessage } from './encode-graph.ts';
import type { Model } from './model.ts';
import { ENTRY, MODEL, OPSET } from './schema.ts';
import { addInt, addMessage, addText, addWire, bytesOf, type Message, newMessage } from './wire-writer.ts';

// Protocol buffers count sizes in signed 32 bits, and so do the runtimes that read the file.
const LARGEST_FILE = 2 ** 31 - 1;

/**
 * Writes a model: sizes first, then one allocation and one copy of every byte.
 * Equal models give equal bytes, so that a file can be named by its hash.
 * @throws FleetError `unsupported` above 2 GB: move tensors out with `externalize` first
 */
export function encodeModel(model: Model): Uint8Array {
  const message = newMessage();
  addInt(message, MODEL.irVersion, model.irVersion);
  for (const [domain, version] of model.opsets) addMessage(message, MODEL.opsetImport, opsetMessage(domain, version));
  if (model.producer.name) addText(message, MODEL.producerName, model.producer.name);
  if (model.producer.version) addText(message, MODEL.producerVersion, model.producer.version);
  addMessage(message, MODEL.graph, graphMessage(model.graph));
  for (const [key, value] of model.metadata) addMessage(message, MODEL.metadata, entryMessage(key, value));
  addWire(message, model.unknown);
  if (message.size > LARGEST_FILE)
    throw new FleetError(
      'unsupported',
      `Cannot write the model in one file: it has ${message.size} bytes, ${LARGEST_FILE} at most are possible`,
      {
        next: 'move its tensors into files of their own (externalize)',
      },
    );
  return bytesOf(message);
}

function opsetMessage(domain: string, version: number): Message {
  const message = newMessage();
  if (domain) addText(message, OPSET.domain, domain);
  addInt(message, OPSET.version, version);
  return message;
}

/** A StringStringEntryProto. */
function entryMessage(key: string, value: string): Message {
  const message = newMessage();
  addText(message, ENTRY.key, key);
  addText(message, ENTRY.value, value);
  return message;
}
