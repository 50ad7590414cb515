import { decodeAttribute } from './decode-attribute.ts';
import { decodeTensor } from './decode-tensor.ts';
import { decodeValue } from './decode-value.ts';
import type { Attribute, Constant, Graph, Node, Value } from './model.ts';
import { GRAPH, NODE } from './schema.ts';
import { LENGTH, readBytes, readMessage, readText } from './wire-reader.ts';

/** Reads a GraphProto: that of a model, or the body of an If, Loop or Scan. @throws WireError, FleetError */
export function decodeGraph(bytes: Uint8Array): Graph {
  let name = '';
  const nodes: Node[] = [];
  const constants = new Map<string, Constant>();
  const inputs: Value[] = [];
  const outputs: Value[] = [];
  const values = new Map<string, Value>();
  const unknown = readMessage(bytes, (field, wireType, reader) => {
    if (wireType !== LENGTH) return false;
    if (field === GRAPH.node) nodes.push(decodeNode(readBytes(reader)));
    else if (field === GRAPH.initializer) addNamed(constants, decodeTensor(readBytes(reader)));
    else if (field === GRAPH.input) inputs.push(decodeValue(readBytes(reader)));
    else if (field === GRAPH.output) outputs.push(decodeValue(readBytes(reader)));
    else if (field === GRAPH.valueInfo) addNamed(values, decodeValue(readBytes(reader)));
    else if (field === GRAPH.name) name = readText(reader);
    else return false;
    return true;
  });
  return { name, nodes, constants, inputs, outputs, values, unknown };
}

// Where a name comes twice the last one counts, as in onnxruntime.
function addNamed<Named extends { readonly name: string }>(to: Map<string, Named>, item: Named): void {
  to.set(item.name, item);
}

function decodeNode(bytes: Uint8Array): Node {
  let name = '';
  let op = '';
  let domain = '';
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, Attribute>();
  const unknown = readMessage(bytes, (field, wireType, reader) => {
    if (wireType !== LENGTH) return false;
    if (field === NODE.input) inputs.push(readText(reader));
    else if (field === NODE.output) outputs.push(readText(reader));
    else if (field === NODE.name) name = readText(reader);
    else if (field === NODE.opType) op = readText(reader);
    else if (field === NODE.domain) domain = readText(reader);
    else if (field === NODE.attribute) {
      const decoded = decodeAttribute(readBytes(reader));
      attributes.set(decoded.name, decoded.attribute);
    } else return false;
    return true;
  });
  return { name, op, domain: plainDomain(domain), inputs, outputs, attributes, unknown };
}

/** The default domain has two spellings; we use the empty one. */
export const plainDomain = (domain: string): string => (domain === 'ai.onnx' ? '' : domain);
