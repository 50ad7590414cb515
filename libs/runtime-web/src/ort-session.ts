import { FleetError } from '@fleetfit/core';
import type { ElementType, Session, Tensor, TensorData, ValueInfo } from '@fleetfit/runtime';
import type * as Ort from 'onnxruntime-web/wasm';
import { oneAtATime } from './one-at-a-time.ts';
import { wordsOf } from './ort-errors.ts';

type TensorConstructor = typeof Ort.Tensor;

/** A session of the library behind the Session port. */
export function asSession(session: Ort.InferenceSession, make: TensorConstructor): Session {
  let closed = false;
  const inputs = session.inputMetadata.map(asValueInfo);
  return {
    inputs,
    outputs: session.outputMetadata.map(asValueInfo),
    async run(feeds, wanted) {
      if (closed) throw new FleetError('bug', 'Cannot run the session: it is closed');
      const given = toRuntime(feeds, inputs, make);
      try {
        const results = await oneAtATime(() => (wanted ? session.run(given, [...wanted]) : session.run(given)));
        return Object.fromEntries(
          await Promise.all(Object.entries(results).map(async ([name, value]) => [name, await fromRuntime(value)])),
        );
      } catch (cause) {
        throw new FleetError('invalid', `Cannot run the model: ${wordsOf(cause)}`, { cause });
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      await oneAtATime(() => session.release());
    },
  };
}

function asValueInfo(metadata: Ort.InferenceSession.ValueMetadata): ValueInfo {
  if (!metadata.isTensor) throw new FleetError('unsupported', `Cannot open the model: "${metadata.name}" is not a tensor`);
  return { name: metadata.name, type: asElementType(metadata.type), dims: metadata.shape };
}

function toRuntime(
  feeds: Readonly<Record<string, Tensor>>,
  inputs: readonly ValueInfo[],
  make: TensorConstructor,
): Record<string, Ort.Tensor> {
  const given: Record<string, Ort.Tensor> = {};
  for (const { name, type } of inputs) {
    const tensor = feeds[name];
    if (!tensor) throw new FleetError('invalid', `Cannot run the model: its input "${name}" is missing`);
    if (tensor.type !== type) throw new FleetError('invalid', `Cannot run the model: input "${name}" is ${type}, not ${tensor.type}`);
    const size = tensor.dims.reduce((product, dim) => product * dim, 1);
    if (tensor.data.length !== size)
      throw new FleetError(
        'invalid',
        `Cannot run the model: input "${name}" has ${tensor.data.length} values, not the ${size} of its shape`,
      );
    given[name] = new make(tensor.type, tensor.data, [...tensor.dims]);
  }
  for (const name of Object.keys(feeds))
    if (!inputs.some((input) => input.name === name)) throw new FleetError('invalid', `Cannot run the model: it has no input "${name}"`);
  return given;
}

async function fromRuntime(value: Ort.Tensor): Promise<Tensor> {
  // On a GPU the data has to be brought back; on wasm it is here.
  const data = (value.location === 'cpu' ? value.data : await value.getData(true)) as TensorData;
  return { type: asElementType(value.type), dims: value.dims, data: value.type === 'float16' ? asBits(data) : data };
}

// Browsers that have a Float16Array get one from the library; our port carries the raw bits everywhere.
function asBits(data: TensorData): Uint16Array {
  if (data instanceof Uint16Array) return data;
  if (!ArrayBuffer.isView(data)) throw new FleetError('bug', 'Cannot read a float16 tensor: its data are not a typed array');
  return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
}

const ELEMENT_TYPES: ReadonlySet<string> = new Set<ElementType>([
  'float32',
  'float64',
  'float16',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'bool',
  'string',
]);

function asElementType(type: string): ElementType {
  if (!ELEMENT_TYPES.has(type)) throw new FleetError('unsupported', `Cannot open the model: it has tensors of type ${type}`);
  return type as ElementType;
}
