import { FleetError } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import type { ElementType, OpenOptions, Runtime, Tensor, TensorData } from './runtime.ts';
import { addModel, identityModel, unknownOperatorModel } from './tiny-models.ts';

/**
 * What every runtime must do, whatever stands behind it. Call it in a test file of the adapter.
 *
 * @param options what the runtime is opened with: its provider, one or more threads
 */
export function runtimeContract(name: string, makeRuntime: () => Promise<Runtime>, options: OpenOptions): void {
  describe(`${name}, by the runtime contract`, () => {
    describeRunning(makeRuntime, options);
    describeRefusing(makeRuntime, options);
    describeEnding(makeRuntime, options);
  });
}

function describeRunning(makeRuntime: () => Promise<Runtime>, options: OpenOptions): void {
  it('says what it is', async () => {
    const { facts } = await makeRuntime();
    expect(facts.name).not.toBe('');
    expect(facts.version).toMatch(/^\d+\.\d+/);
    expect(facts.providers).toContain(options.provider);
  });

  it('tells the inputs and outputs of a model, free dimensions by name', async () => {
    const session = await (await makeRuntime()).open(addModel([1, 2]), options);
    expect(session.inputs).toEqual([{ name: 'x', type: 'float32', dims: ['n', 2] }]);
    expect(session.outputs).toEqual([{ name: 'y', type: 'float32', dims: ['n', 2] }]);
    await session.close();
  });

  it('runs a model whose weights are given beside the graph', async () => {
    const session = await (await makeRuntime()).open(addModel([10, -20]), options);
    const { y } = await session.run({ x: { type: 'float32', dims: [2, 2], data: Float32Array.of(1, 2, 3, 4) } });
    expect(y).toEqual({ type: 'float32', dims: [2, 2], data: Float32Array.of(11, -18, 13, -16) });
    await session.close();
  });

  it('reads weights and inputs that are a part of a larger buffer', async () => {
    const { graph, externalData } = addModel([10, -20]);
    const padded = (bytes: Uint8Array): Uint8Array => Uint8Array.from([7, 7, 7, 7, ...bytes, 7, 7, 7, 7]).subarray(4, 4 + bytes.length);
    const parts = new Map(Array.from(externalData, ([location, bytes]) => [location, padded(bytes)] as const));
    const session = await (await makeRuntime()).open({ graph: padded(graph), externalData: parts }, options);
    const x = Float32Array.of(99, 1, 2, 99).subarray(1, 3);
    const { y } = await session.run({ x: { type: 'float32', dims: [1, 2], data: x } });
    expect(y?.data).toEqual(Float32Array.of(11, -18));
    await session.close();
  });

  const carried: readonly (readonly [ElementType, TensorData])[] = [
    ['float16', Uint16Array.of(0x3c00, 0xc000)],
    ['int8', Int8Array.of(-128, 127)],
    ['uint8', Uint8Array.of(0, 255)],
    ['int64', BigInt64Array.of(-(2n ** 62n), 5n)],
    ['bool', Uint8Array.of(0, 1)],
  ];
  it.each(carried)('carries %s in and out unchanged', async (type, data) => {
    const session = await (await makeRuntime()).open(identityModel(type), options);
    const x: Tensor = { type, dims: [1, 2], data };
    expect(session.inputs[0]?.type).toBe(type);
    expect(await session.run({ x })).toEqual({ y: x });
    await session.close();
  });

  it('keeps sessions apart that are open and run at the same time', async () => {
    const runtime = await makeRuntime();
    const sessions = await Promise.all([1, 2, 3].map((w) => runtime.open(addModel([w, w]), options)));
    const x: Tensor = { type: 'float32', dims: [1, 2], data: Float32Array.of(0, 0) };
    const results = await Promise.all([...sessions, ...sessions].map((session) => session.run({ x }, ['y'])));
    expect(results.map(({ y }) => y?.data[0])).toEqual([1, 2, 3, 1, 2, 3]);
    await Promise.all(sessions.map((session) => session.close()));
  });

  it('gives results that stay as they are when the model runs again', async () => {
    const session = await (await makeRuntime()).open(addModel([1, 1]), options);
    const run = (value: number) => session.run({ x: { type: 'float32', dims: [1, 2], data: Float32Array.of(value, value) } });
    const first = await run(1);
    await run(100);
    expect(first.y?.data).toEqual(Float32Array.of(2, 2));
    await session.close();
  });

  it('shows the rewritten graph as a model that it opens itself, or says that it cannot', async () => {
    const runtime = await makeRuntime();
    const graph = await runtime.optimized(addModel([10, -20]), options);
    if (!graph) return;
    const session = await runtime.open({ graph, externalData: new Map() }, options);
    const { y } = await session.run({ x: { type: 'float32', dims: [1, 2], data: Float32Array.of(1, 2) } });
    expect(y?.data).toEqual(Float32Array.of(11, -18));
    await session.close();
  });
}

function describeRefusing(makeRuntime: () => Promise<Runtime>, options: OpenOptions): void {
  const refusal = async (open: Promise<unknown>): Promise<FleetError> => {
    const thrown = await open.then(
      () => undefined,
      (error: unknown) => error,
    );
    if (!(thrown instanceof FleetError)) throw new Error(`a FleetError was expected, got ${String(thrown)}`);
    return thrown;
  };

  it('refuses bytes that are no model', async () => {
    const runtime = await makeRuntime();
    const garbage = { graph: Uint8Array.of(255, 1, 2, 3, 4, 5), externalData: new Map() };
    expect((await refusal(runtime.open(garbage, options))).code).toBe('invalid');
  });

  it('refuses no bytes at all', async () => {
    const runtime = await makeRuntime();
    const nothing = { graph: new Uint8Array(0), externalData: new Map() };
    expect((await refusal(runtime.open(nothing, options))).code).toBe('invalid');
  });

  it('refuses an operator that it does not have, and names it', async () => {
    const runtime = await makeRuntime();
    const error = await refusal(runtime.open(unknownOperatorModel(), options));
    expect(error.code).toBe('unsupported');
    expect(error.message).toContain('NoSuchOperator');
  });

  it('refuses a model whose weights are missing', async () => {
    const runtime = await makeRuntime();
    const { graph } = addModel([1, 1]);
    expect((await refusal(runtime.open({ graph, externalData: new Map() }, options))).code).toBe('unsupported');
  });

  it('refuses a model whose weights are too short', async () => {
    const runtime = await makeRuntime();
    const short = { graph: addModel([1, 1]).graph, externalData: new Map([['weights.bin', new Uint8Array(4)]]) };
    expect((await refusal(runtime.open(short, options))).code).toBe('unsupported');
  });

  it('refuses a provider that it does not have', async () => {
    const runtime = await makeRuntime();
    expect((await refusal(runtime.open(addModel([1, 1]), { ...options, provider: 'abacus' }))).code).toBe('unsupported');
  });

  it('refuses to run without an input, and names it', async () => {
    const session = await (await makeRuntime()).open(addModel([1, 1]), options);
    const error = await refusal(session.run({}));
    expect(error.code).toBe('invalid');
    expect(error.message).toContain('"x"');
    await session.close();
  });

  it('refuses an input of another type or shape, and runs well afterwards', async () => {
    const session = await (await makeRuntime()).open(addModel([1, 1]), options);
    const x: Tensor = { type: 'float32', dims: [1, 2], data: Float32Array.of(1, 2) };
    expect((await refusal(session.run({ x: { type: 'uint8', dims: [1, 2], data: Uint8Array.of(1, 2) } }))).code).toBe('invalid');
    expect((await refusal(session.run({ x: { ...x, dims: [1, 3], data: new Float32Array(3) } }))).code).toBe('invalid');
    expect((await refusal(session.run({ x: { ...x, dims: [7, 2] } }))).code).toBe('invalid');
    expect((await session.run({ x })).y?.data).toEqual(Float32Array.of(2, 3));
    await session.close();
  });
}

function describeEnding(makeRuntime: () => Promise<Runtime>, options: OpenOptions): void {
  it('may be closed twice, and runs nothing after that', async () => {
    const session = await (await makeRuntime()).open(addModel([1, 1]), options);
    await session.close();
    await session.close();
    const x: Tensor = { type: 'float32', dims: [1, 2], data: Float32Array.of(1, 2) };
    await expect(session.run({ x })).rejects.toMatchObject({ code: 'bug' });
  });

  it('does not open when it is cancelled', async () => {
    const runtime = await makeRuntime();
    const signal = AbortSignal.abort();
    await expect(runtime.open(addModel([1, 1]), { ...options, signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
}
