import { createHash } from 'node:crypto';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { buildModel, constantOf, decodeModel, encodeModel, externalize, internalize, type Model, verifyModel } from './index.ts';

const hashed = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const big = Float32Array.from({ length: 600 }, (_, i) => i / 7);

/** y = x + w + same + held: two equal initializers and a Constant node, all of 2400 bytes. */
const model = buildModel({
  name: 'sums',
  opset: 17,
  inputs: [{ name: 'x', type: 'float32', dims: [600] }],
  outputs: [{ name: 'y', type: 'float32', dims: [600] }],
  nodes: [
    {
      op: 'Constant',
      inputs: [],
      outputs: ['held'],
      attributes: {
        value: {
          tensor: constantOf(
            '',
            [600],
            big.map((value) => -value),
          ),
        },
      },
    },
    { op: 'Sum', inputs: ['x', 'w', 'same', 'held', 'small'], outputs: ['y'] },
  ],
  constants: [constantOf('w', [600], big), constantOf('same', [600], big.slice()), constantOf('small', [1], Float32Array.of(1))],
});

async function run(graph: Uint8Array, files: ReadonlyMap<string, Uint8Array>): Promise<unknown> {
  const externalData = [...files].map(([path, data]) => ({ path, data }));
  const session = await InferenceSession.create(graph, { externalData, logSeverityLevel: 4 });
  const { y } = await session.run({ x: new Tensor('float32', new Float32Array(600), [600]) });
  await session.release();
  return y?.data;
}

describe('external data', () => {
  it('runs as the model in one piece does; equal tensors share a file', async () => {
    const { model: outside, files } = await externalize(model, { atLeast: 1024, locate: hashed });
    verifyModel(outside);
    expect(files.size).toBe(2);
    const graph = encodeModel(outside);
    expect(graph.length).toBeLessThan(1024);
    expect(await run(graph, files)).toEqual(await run(encodeModel(model), new Map()));
  });

  it('comes back as it went', async () => {
    const { model: outside, files } = await externalize(model, { atLeast: 1024, locate: hashed });
    const read = decodeModel(encodeModel(outside));
    const inside = internalize(read, (location, offset, length) => files.get(location)?.subarray(offset, length) ?? new Uint8Array(0));
    expect(inside.graph.constants.get('w')?.data).toEqual(model.graph.constants.get('w')?.data);
    expect(await run(encodeModel(inside), new Map())).toEqual(await run(encodeModel(model), new Map()));
  });

  it('refuses a file that is too short', async () => {
    const { model: outside } = await externalize(model, { atLeast: 1024, locate: () => 'w.bin' });
    expect(() => internalize(outside, () => new Uint8Array(100))).toThrow('"w.bin" has 100 of the 2400 bytes');
  });

  it.each(['/etc/passwd', '../secret', 'a/../../b', 'C:\\x', '\\\\host\\share', '', '.', 'a//b', '*/_ORT_MEM_ADDR_/*', 'a\0b'])(
    'refuses to read or write at %j',
    async (location) => {
      await expect(externalize(model, { atLeast: 1024, locate: () => location })).rejects.toMatchObject({ code: 'invalid' });
      const hostile = encodeModel(located(location));
      expect(() => decodeModel(hostile)).toThrow("which is not a plain path inside the model's folder");
    },
  );
});

function located(location: string): Model {
  const constants = new Map(
    [...model.graph.constants].map(([name, constant]) => [
      name,
      { ...constant, data: { kind: 'external', location, offset: 0, length: 4 } as const },
    ]),
  );
  return { ...model, graph: { ...model.graph, constants } };
}
