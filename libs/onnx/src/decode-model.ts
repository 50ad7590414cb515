import { FleetError } from '@fleetfit/core';
import { decodeGraph, plainDomain } from './decode-graph.ts';
import { describeForeignFile } from './foreign-file.ts';
import type { Graph, Model } from './model.ts';
import { ENTRY, MODEL, NEWEST_IR, NEWEST_OPSET, OLDEST_IR, OPSET } from './schema.ts';
import { capturedBy } from './subgraphs.ts';
import { LENGTH, readBytes, readMessage, readText, readUint, type TakeField, VARINT, WireError } from './wire-reader.ts';

interface Draft {
  irVersion: number;
  producerName: string;
  producerVersion: string;
  graph: Graph | undefined;
  readonly opsets: Map<string, number>;
  readonly metadata: Map<string, string>;
}

/**
 * Reads an ONNX file without copying: weights are views into `file`, which must not change while the model is in use.
 * Fields that we do not know are kept and written back by `encodeModel`.
 * @throws FleetError `corrupt` (cut short, or not what its lengths say), `invalid` (not ONNX, or data outside the model's folder),
 *   `unsupported` (an IR version or opset that is newer than we know, or no opset at all as in 2017);
 *   opsets below 7 can be read and written, see `requireSupportedOpset` for the rest
 */
export function decodeModel(file: Uint8Array): Model {
  // A Buffer of Node's is a Uint8Array whose slices are views and no copies: whatever came in, what goes on behaves as one kind.
  const bytes = new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
  const foreign = describeForeignFile(bytes);
  if (foreign)
    throw new FleetError('invalid', `Cannot read the model: ${foreign.what}`, foreign.next === undefined ? {} : { next: foreign.next });
  const draft: Draft = { irVersion: 0, producerName: '', producerVersion: '', graph: undefined, opsets: new Map(), metadata: new Map() };
  const unknown = readingFile(bytes, () => readMessage(bytes, takeInto(draft)));
  const { graph, irVersion, opsets, metadata } = draft;
  if (!graph)
    throw new FleetError('corrupt', 'Cannot read the model: the file has no graph', {
      next: 'copy or download the file again: it may not be complete',
    });
  checkVersions(irVersion, opsets, graph);
  return { irVersion, opsets, graph, producer: { name: draft.producerName, version: draft.producerVersion }, metadata, unknown };
}

/** Says what went wrong in terms of the whole file. */
function readingFile<Result>(bytes: Uint8Array, read: () => Result): Result {
  try {
    return read();
  } catch (thrown) {
    // The call stack is the limit of bodies within bodies; real models stop at a handful.
    if (thrown instanceof RangeError)
      throw new FleetError('corrupt', 'Cannot read the model: its graphs are nested too deeply', { cause: thrown });
    if (!(thrown instanceof WireError)) throw thrown;
    throw fileError(bytes, thrown);
  }
}

function fileError(bytes: Uint8Array, { message, place }: WireError): FleetError {
  const byte = place.byte - bytes.byteOffset;
  const isCut = place.end === bytes.byteOffset + bytes.length;
  if (!isCut)
    return new FleetError('corrupt', `Cannot read the model: ${message} (near byte ${byte} of ${bytes.length})`, {
      details: { byte, bytes: bytes.length },
      next: 'compare the file with its original: it was changed on the way, or it is not an ONNX file',
    });
  const where =
    place.wanted === undefined
      ? `at byte ${bytes.length}, in the middle of a number`
      : `at byte ${bytes.length} of ${place.wanted - bytes.byteOffset}`;
  return new FleetError('corrupt', `Cannot read the model: the file ends ${where}`, {
    details: { byte: bytes.length },
    next: 'copy or download the file again: it is not complete',
  });
}

function takeInto(draft: Draft): TakeField {
  return (field, wireType, reader) => {
    if (wireType === VARINT && field === MODEL.irVersion) draft.irVersion = readUint(reader);
    else if (wireType !== LENGTH) return false;
    else if (field === MODEL.graph) draft.graph = decodeWhole(readBytes(reader));
    else if (field === MODEL.producerName) draft.producerName = readText(reader);
    else if (field === MODEL.producerVersion) draft.producerVersion = readText(reader);
    else if (field === MODEL.opsetImport) takeOpset(draft, readBytes(reader));
    else if (field === MODEL.metadata) takeMetadata(draft, readBytes(reader));
    else return false;
    return true;
  };
}

// Bodies of If, Loop and Scan stay bytes, but a file with a broken one is refused here and not in the middle of a pass.
function decodeWhole(wire: Uint8Array): Graph {
  const graph = decodeGraph(wire);
  for (const node of graph.nodes) capturedBy(node);
  return graph;
}

function takeOpset(draft: Draft, wire: Uint8Array): void {
  let domain = '';
  let version = 0;
  readMessage(wire, (field, wireType, reader) => {
    if (field === OPSET.domain && wireType === LENGTH) domain = readText(reader);
    else if (field === OPSET.version && wireType === VARINT) version = readUint(reader);
    else return false;
    return true;
  });
  draft.opsets.set(plainDomain(domain), version);
}

function takeMetadata(draft: Draft, wire: Uint8Array): void {
  let key = '';
  let value = '';
  readMessage(wire, (field, wireType, reader) => {
    if (wireType !== LENGTH) return false;
    if (field === ENTRY.key) key = readText(reader);
    else if (field === ENTRY.value) value = readText(reader);
    else return false;
    return true;
  });
  draft.metadata.set(key, value);
}

function checkVersions(irVersion: number, opsets: ReadonlyMap<string, number>, graph: Graph): void {
  if (irVersion < OLDEST_IR || irVersion > NEWEST_IR)
    throw new FleetError(
      'unsupported',
      `Cannot use the model: it has IR version ${irVersion}; versions ${OLDEST_IR} to ${NEWEST_IR} are supported`,
      {
        next: 'export the model again, or convert it with onnx.version_converter',
      },
    );
  const opset = opsets.get('');
  if (opset === undefined) {
    if (graph.nodes.some((node) => node.domain === ''))
      throw new FleetError('corrupt', 'Cannot read the model: the file does not say which opset its nodes belong to');
    return;
  }
  if (opset > NEWEST_OPSET)
    throw new FleetError('unsupported', `Cannot use the model: it has opset ${opset}; opsets up to ${NEWEST_OPSET} are supported`, {
      next: 'export the model again with an older opset, or convert it with onnx.version_converter',
    });
}
