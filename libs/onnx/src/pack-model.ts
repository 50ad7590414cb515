/**
 * A model as small as it gets on its way: weights of few levels (4 or 8 bits in a byte each) take about their entropy.
 * No runtime reads this form: it is expanded to the same ONNX model, byte for byte of every tensor, before it runs.
 *
 *     "FLTPACK1"                       8 bytes
 *     length of the graph, coded       uint32, little-endian
 *     the graph                        ONNX, raw deflate; its tensors of 64 bytes and more lie in "external data", in order
 *     the tensors                      one range-coded stream, one after another; a model of chances for each element type and
 *                                      each byte of an element (range-coder.ts)
 */
import { FleetError } from '@fleetfit/core';
import { decodeModel } from './decode-model.ts';
import { byteLengthOf } from './element-types.ts';
import { encodeModel } from './encode-model.ts';
import { externalize, internalize } from './external-data.ts';
import type { Constant, Model } from './model.ts';
import { ByteModel, RangeDecoder, RangeEncoder } from './range-coder.ts';

const MAGIC = 'FLTPACK1';
const SMALLEST = 64;

/** Whether bytes are a packed model: by their start. */
export const isPackedModel = (bytes: Uint8Array): boolean =>
  bytes.length > MAGIC.length + 4 && Array.from(MAGIC).every((letter, i) => bytes[i] === letter.charCodeAt(0));

/** Packs a model; weights that lie in other files must be brought in first. @throws FleetError `invalid` where some are not */
export async function packModel(model: Model): Promise<Uint8Array> {
  for (const { name, data } of model.graph.constants.values())
    if (data.kind === 'external') throw new FleetError('invalid', `Cannot pack the model: tensor "${name}" lies in another file`);
  let count = 0;
  const { model: graph, files } = await externalize(model, { atLeast: SMALLEST, locate: () => `${count++}` });
  const encoder = new RangeEncoder();
  const models = chances();
  for (const constant of graph.graph.constants.values()) {
    if (constant.data.kind !== 'external') continue;
    const bytes = files.get(constant.data.location) ?? new Uint8Array(0);
    const its = models(constant);
    for (let i = 0; i < bytes.length; i++) encoder.byte(bytes[i] ?? 0, its(i));
  }
  const head = await through(encodeModel(graph), new CompressionStream('deflate-raw'));
  const tensors = encoder.finish();
  const packed = new Uint8Array(MAGIC.length + 4 + head.length + tensors.length);
  packed.set(new TextEncoder().encode(MAGIC));
  new DataView(packed.buffer).setUint32(MAGIC.length, head.length, true);
  packed.set(head, MAGIC.length + 4);
  packed.set(tensors, MAGIC.length + 4 + head.length);
  return packed;
}

/** The model that was packed. @throws FleetError `corrupt` for bytes that are no packed model */
export async function unpackModel(packed: Uint8Array): Promise<Model> {
  if (!isPackedModel(packed)) throw new FleetError('corrupt', 'Cannot expand the model: it is no packed model');
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const from = MAGIC.length + 4;
  const to = from + view.getUint32(MAGIC.length, true);
  const graph = decodeModel(await inflated(packed.subarray(from, to)));
  const decoder = new RangeDecoder(packed.subarray(to));
  const models = chances();
  const tensors = new Map<string, Uint8Array>();
  for (const constant of graph.graph.constants.values()) {
    if (constant.data.kind !== 'external') continue;
    const its = models(constant);
    const bytes = new Uint8Array(constant.data.length ?? 0);
    for (let i = 0; i < bytes.length; i++) bytes[i] = decoder.byte(its(i));
    tensors.set(constant.data.location, bytes);
  }
  return internalize(graph, (location) => tensors.get(location) ?? new Uint8Array(0));
}

/** The model of chances for the i-th byte of a tensor. */
function chances(): (constant: Constant) => (i: number) => ByteModel {
  const known = new Map<string, ByteModel>();
  return ({ type, typeCode }) => {
    const width = Math.max(1, byteLengthOf(typeCode, [1]) ?? 1);
    const its = Array.from({ length: width }, (_, at) => {
      const key = `${type} ${at}`;
      const model = known.get(key) ?? new ByteModel();
      known.set(key, model);
      return model;
    });
    const [first = new ByteModel()] = its;
    return (i) => its[i % width] ?? first;
  };
}

async function inflated(bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return await through(bytes, new DecompressionStream('deflate-raw'));
  } catch (cause) {
    throw new FleetError('corrupt', 'Cannot expand the model: its graph is damaged', { cause });
  }
}

async function through(bytes: Uint8Array, stream: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  const read = new Response(new Blob([Uint8Array.from(bytes)]).stream().pipeThrough(stream));
  return new Uint8Array(await read.arrayBuffer());
}
