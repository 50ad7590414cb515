import { attributeMessage } from './encode-attribute.ts';
import { tensorMessage } from './encode-tensor.ts';
import { addValue } from './encode-value.ts';
import type { Graph, Node } from './model.ts';
import { GRAPH, NODE } from './schema.ts';
import { addBytes, addMessage, addText, addWire, type Message, newMessage } from './wire-writer.ts';

/** A GraphProto, ready to be written. */
export function graphMessage(graph: Graph): Message {
  const message = newMessage();
  for (const node of graph.nodes) addMessage(message, GRAPH.node, nodeMessage(node));
  if (graph.name) addText(message, GRAPH.name, graph.name);
  for (const constant of graph.constants.values()) addMessage(message, GRAPH.initializer, tensorMessage(constant));
  for (const value of graph.inputs) addValue(message, GRAPH.input, value);
  for (const value of graph.outputs) addValue(message, GRAPH.output, value);
  for (const value of graph.values.values()) addValue(message, GRAPH.valueInfo, value);
  addWire(message, graph.unknown);
  return message;
}

function nodeMessage(node: Node): Message {
  const message = newMessage();
  for (const input of node.inputs) addText(message, NODE.input, input);
  for (const output of node.outputs) addText(message, NODE.output, output);
  if (node.name) addText(message, NODE.name, node.name);
  addText(message, NODE.opType, node.op);
  for (const [name, attribute] of node.attributes) {
    if (attribute.kind === 'opaque') addBytes(message, NODE.attribute, attribute.value);
    else addMessage(message, NODE.attribute, attributeMessage(name, attribute));
  }
  if (node.domain) addText(message, NODE.domain, node.domain);
  addWire(message, node.unknown);
  return message;
}
