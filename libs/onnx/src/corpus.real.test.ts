import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { seededRng } from '@fleetfit/core';
import { findLab } from '@fleetfit/host/testing';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeTensor } from './decode-tensor.ts';
import { type Constant, decodeModel, editModel, elementBytes, encodeModel, type Model, verifyModel, viewOf } from './index.ts';

// Real models: what we write must run as what we read, to the bit, or be refused in the same words.
const lab = findLab('libs/onnx', ['data/models', 'data/onnx-suite']);
const data = join(lab ?? '', 'data');
const present = lab !== undefined;

const folder = mkdtempSync(join(tmpdir(), 'fleetfit-onnx-'));
if (present) execFileSync('tar', ['-xzf', join(data, 'onnx-suite/operators.tar.gz'), '-C', folder]);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const networks = present ? [...modelsIn(join(data, 'models')), ...modelsIn(join(data, 'onnx-suite/light'))] : [];
const cases = present
  ? readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('model.onnx'))
      .sort()
  : [];

function modelsIn(path: string): string[] {
  return readdirSync(path)
    .filter((name) => name.endsWith('.onnx'))
    .map((name) => join(path, name));
}

type Feeds = Record<string, Tensor>;
type Outcome = { readonly outputs: Readonly<Record<string, unknown>> } | { readonly refused: string };

describe('real models', () => {
  it.skipIf(!present)('are all there (needs ../shared)', () => {
    expect(networks.length).toBe(19);
    expect(cases.length).toBe(94);
  });

  it.skipIf(!present).each(networks)(
    '%s reads, writes and runs with identical outputs (needs ../shared)',
    { timeout: 240_000 },
    async (path) => {
      const bytes = new Uint8Array(readFileSync(path));
      const model = decodeModel(bytes);
      verifyModel(model);
      const feeds = feedsFor(model);
      const before = await outcome(bytes, feeds);
      expect(before).toHaveProperty('outputs');
      const rewritten = encodeModel(model);
      expect(await outcome(rewritten, feeds)).toEqual(before);
      expect(digestOf(encodeModel(decodeModel(rewritten)))).toBe(digestOf(rewritten));
      // The slow one is compared once: its edit is the same work.
      if (!path.includes('style-candy')) expect(await outcome(encodeModel(withIdentities(model)), feeds)).toEqual(before);
    },
  );

  it.skipIf(!present)(
    '94 operator models read, write, and run or are refused as before (needs ../shared)',
    { timeout: 240_000 },
    async () => {
      let ran = 0;
      for (const name of cases) {
        const path = join(folder, name);
        const bytes = new Uint8Array(readFileSync(path));
        const model = decodeModel(bytes);
        verifyModel(model);
        const feeds = storedFeeds(model, path);
        const before = await outcome(bytes, feeds);
        expect(await outcome(encodeModel(model), feeds), name).toEqual(before);
        if ('outputs' in before) {
          ran++;
          expect(await outcome(encodeModel(withIdentities(model)), feeds), name).toEqual(before);
        }
      }
      // The others use operators of opset 6 that onnxruntime never had, training operators, or a locale that few machines have.
      expect(ran).toBeGreaterThanOrEqual(67);
    },
  );
});

/** An Identity behind every tensor that a node makes: every edge of the graph is rewired, the result must be the same. */
function withIdentities(model: Model): Model {
  const sequences = new Set(['SequenceConstruct', 'SequenceInsert', 'SequenceErase', 'SequenceEmpty', 'SplitToSequence']);
  const edited = editModel(model, (editor) => {
    for (const node of editor.nodes) {
      const [output] = node.outputs;
      if (!output || node.op === 'Constant' || sequences.has(node.op)) continue;
      const copy = editor.freshName(output);
      editor.replaceUses(output, copy);
      editor.add({ op: 'Identity', inputs: [output], outputs: [copy] });
    }
  });
  verifyModel(edited);
  return edited;
}

async function outcome(bytes: Uint8Array, feeds: Feeds): Promise<Outcome> {
  try {
    const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 4 });
    try {
      const results = await session.run(feeds);
      const outputs = Object.entries(results).map(([name, { type, dims, data }]) => [name, { type, dims, digest: digestOf(data) }]);
      return { outputs: Object.fromEntries(outputs) };
    } finally {
      await session.release();
    }
  } catch (thrown) {
    if (thrown instanceof Error) return { refused: thrown.message };
    throw thrown;
  }
}

/** Equal bits, equal digest: comparing megabytes element by element takes minutes. */
function digestOf(values: Tensor['data']): string {
  const bytes = ArrayBuffer.isView(values) ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength) : JSON.stringify(values);
  return createHash('sha256').update(bytes).digest('hex');
}

/** Random inputs, the same each time; free dimensions get the size that the network was made for. */
function feedsFor(model: Model): Feeds {
  const view = viewOf(model);
  const rng = seededRng(7);
  const feeds: Feeds = {};
  for (const { name, dims = [] } of model.graph.inputs) {
    if (!view.isInput(name)) continue;
    const sizes = dims.map((dim, i) => (typeof dim === 'number' && dim > 0 ? dim : i === 0 ? 1 : 160));
    const count = sizes.reduce((product, size) => product * size, 1);
    feeds[name] = new Tensor(
      'float32',
      Float32Array.from({ length: count }, () => rng.next()),
      sizes,
    );
  }
  return feeds;
}

/** The inputs that the ONNX project keeps beside its models; those that are no tensors are left out, and then the run is refused. */
function storedFeeds(model: Model, path: string): Feeds {
  const view = viewOf(model);
  const names = model.graph.inputs.map((input) => input.name).filter((name) => view.isInput(name));
  const feeds: Feeds = {};
  names.forEach((name, i) => {
    const file = resolve(path, `../test_data_set_0/input_${i}.pb`);
    const isTensor = view.valueInfo(name)?.type !== 'other';
    if (isTensor && existsSync(file)) feeds[name] = tensorOf(decodeTensor(new Uint8Array(readFileSync(file))));
  });
  return feeds;
}

function tensorOf(constant: Constant): Tensor {
  const { data: stored, dims, type } = constant;
  if (stored.kind === 'strings')
    return new Tensor(
      'string',
      stored.values.map((value) => new TextDecoder().decode(value)),
      dims,
    );
  const { buffer } = elementBytes(constant).slice();
  if (type === 'float32') return new Tensor('float32', new Float32Array(buffer), dims);
  if (type === 'float64') return new Tensor('float64', new Float64Array(buffer), dims);
  if (type === 'int64') return new Tensor('int64', new BigInt64Array(buffer), dims);
  if (type === 'int32') return new Tensor('int32', new Int32Array(buffer), dims);
  if (type === 'bool') return new Tensor('bool', new Uint8Array(buffer), dims);
  throw new Error(`no case for ${type}`);
}
