import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FleetError } from '@fleetfit/core';
import type { ElementType, ModelFiles, OpenOptions, Runtime, Session, Tensor, TensorData, ValueInfo } from '@fleetfit/runtime';
import * as ort from 'onnxruntime-node';

/**
 * The Runtime port on onnxruntime-node, on the CPU provider. Weights are passed as buffers, never by path,
 * so a graph cannot make the runtime read a file of its choice.
 *
 * A run blocks the thread it is called on until it is done: long work belongs in a child process (`nodeHost`).
 */
export function nodeRuntime(): Runtime {
  const providers = ort.listSupportedBackends().map((backend) => backend.name);
  return {
    facts: { name: 'onnxruntime-node', version: ort.env.versions.node ?? ort.env.versions.common, providers },
    open: (model, options) => open(model, options, providers),
    optimized: (model, options) => optimized(model, options, providers),
  };
}

async function open(model: ModelFiles, options: OpenOptions, providers: readonly string[]): Promise<Session> {
  return asSession(await create(model, options, { providers }));
}

async function optimized(model: ModelFiles, options: OpenOptions, providers: readonly string[]): Promise<Uint8Array> {
  const path = join(tmpdir(), `fleetfit-optimized-${randomUUID()}.onnx`);
  try {
    const session = await create(model, options, { providers, savedTo: path });
    await session.release();
    return await readFile(path);
  } finally {
    await rm(path, { force: true });
  }
}

async function create(
  model: ModelFiles,
  options: OpenOptions,
  { providers, savedTo }: { readonly providers: readonly string[]; readonly savedTo?: string },
): Promise<ort.InferenceSession> {
  if (!providers.includes(options.provider))
    throw new FleetError(
      'unsupported',
      `Cannot open the model: this onnxruntime has no provider "${options.provider}", only ${providers.join(', ')}`,
    );
  if (model.graph.length === 0) throw new FleetError('invalid', 'Cannot open the model: it has no bytes');
  throwIfCancelled(options.signal);
  try {
    const session = await ort.InferenceSession.create(model.graph, {
      executionProviders: [options.provider],
      executionMode: 'sequential',
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: options.optimization,
      // Fatal only: what goes wrong comes back as an error, and warnings about unused initializers are no news.
      logSeverityLevel: 4,
      externalData: Array.from(model.externalData, ([path, data]) => ({ path, data })),
      ...(savedTo === undefined ? {} : { optimizedModelFilePath: savedTo }),
    });
    if (options.signal?.aborted) await session.release();
    throwIfCancelled(options.signal);
    return session;
  } catch (cause) {
    throw cause instanceof FleetError ? cause : asRefusal(cause);
  }
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new FleetError('cancelled', 'Cannot open the model: cancelled');
}

function asRefusal(cause: unknown): FleetError {
  const words = cause instanceof Error ? cause.message : String(cause);
  const unknown = /In Node, \("([^"]*)".*Error No Op registered for (\S+) with domain_version of (\d+)/s.exec(words);
  if (unknown) {
    const [, node = '', op = '', opset = ''] = unknown;
    return new FleetError(
      'unsupported',
      `Cannot open the model: onnxruntime knows no operator "${op}" in opset ${opset} (node "${node}")`,
      {
        cause,
        next: 'export the model again with the operators of ONNX alone',
      },
    );
  }
  const code = /protobuf parsing failed|ModelProto does not have a graph|No graph was found/i.test(words) ? 'invalid' : 'unsupported';
  return new FleetError(code, `Cannot open the model: ${words}`, { cause });
}

function asSession(session: ort.InferenceSession): Session {
  let closed = false;
  const inputs = session.inputMetadata.map(asValueInfo);
  return {
    inputs,
    outputs: session.outputMetadata.map(asValueInfo),
    async run(feeds, wanted) {
      if (closed) throw new FleetError('bug', 'Cannot run the session: it is closed');
      const given = toRuntime(feeds, inputs);
      try {
        const results = wanted ? await session.run(given, [...wanted]) : await session.run(given);
        return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, fromRuntime(value)]));
      } catch (cause) {
        const words = cause instanceof Error ? cause.message : String(cause);
        throw new FleetError('invalid', `Cannot run the model: ${words}`, { cause });
      }
    },
    async close() {
      if (closed) return;
      closed = true;
      await session.release();
    },
  };
}

function asValueInfo(metadata: ort.InferenceSession.ValueMetadata): ValueInfo {
  if (!metadata.isTensor) throw new FleetError('unsupported', `Cannot open the model: "${metadata.name}" is not a tensor`);
  return { name: metadata.name, type: asElementType(metadata.type), dims: metadata.shape };
}

function toRuntime(feeds: Readonly<Record<string, Tensor>>, inputs: readonly ValueInfo[]): Record<string, ort.Tensor> {
  const given: Record<string, ort.Tensor> = {};
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
    given[name] = new ort.Tensor(tensor.type, tensor.data, [...tensor.dims]);
  }
  for (const name of Object.keys(feeds))
    if (!inputs.some((input) => input.name === name)) throw new FleetError('invalid', `Cannot run the model: it has no input "${name}"`);
  return given;
}

function fromRuntime(value: ort.Tensor): Tensor {
  const data = value.data as TensorData;
  return { type: asElementType(value.type), dims: value.dims, data: value.type === 'float16' ? asBits(data) : data };
}

// Newer nodes have a Float16Array and onnxruntime then uses it; our port carries the raw bits everywhere.
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
