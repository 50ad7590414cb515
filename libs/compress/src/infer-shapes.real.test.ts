import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeModel, decodeTensor, encodeModel, type Model, viewOf } from '@fleetfit/onnx';
import type { Tensor } from '@fleetfit/runtime';
import { afterAll, describe, expect, it } from 'vitest';
import { costOfModel } from './cost-of-model.ts';
import { inferShapes, type Shapes } from './infer-shapes.ts';
import { images, lab, runtime } from './testing.ts';

// What is inferred must be what onnxruntime makes, for every value of every model; or it must be said that it is not known.
const data = join(lab ?? '', 'data');
const folder = mkdtempSync(join(tmpdir(), 'fleetfit-shapes-'));
if (lab) execFileSync('tar', ['-xzf', join(data, 'onnx-suite/operators.tar.gz'), '-C', folder]);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const modelsIn = (path: string): string[] =>
  lab
    ? readdirSync(join(data, path))
        .filter((name) => name.endsWith('.onnx'))
        .map((name) => `${path}/${name}`)
    : [];
const read = (path: string): Model => decodeModel(new Uint8Array(readFileSync(path)));

/** Models that take any size, at the size that they were made for. */
const SIZES: Readonly<Record<string, readonly number[]>> = {
  'models/ppocrv3-det.onnx': [1, 3, 160, 160],
  'models/ppocr-cls.onnx': [1, 3, 48, 192],
};

/** Every value that nodes make, some at a time: style-candy alone would take gigabytes at once. */
async function runtimeSees(model: Model, image: Tensor, shapes: Shapes): Promise<ReadonlyMap<string, Pick<Tensor, 'dims' | 'type'>>> {
  const values = viewOf(model).nodes.flatMap((node) => node.outputs.filter((output) => output !== '' && node.op !== 'Constant'));
  const seen = new Map<string, Pick<Tensor, 'dims' | 'type'>>();
  const many = 400;
  for (let from = 0; from < values.length; from += many) {
    const outputs = values.slice(from, from + many).flatMap((name) => {
      const type = shapes.typeOf(name);
      return type ? [{ name, type, dims: undefined, wire: undefined }] : [];
    });
    const exposed = { ...model, graph: { ...model.graph, outputs } };
    const files = { graph: encodeModel(exposed), externalData: new Map<string, Uint8Array>() };
    const session = await runtime.open(files, { provider: 'cpu', threads: 2, optimization: 'basic' });
    const input = session.inputs.find(({ name }) => viewOf(model).isInput(name))?.name ?? '';
    const results = await session.run({ [input]: image });
    for (const [name, { dims, type }] of Object.entries(results)) seen.set(name, { dims, type });
    await session.close();
  }
  return seen;
}

describe('inferShapes on real models', () => {
  const networks = [...modelsIn('models'), ...modelsIn('onnx-suite/light')].filter((path) => !path.includes('vgg19'));

  it.skipIf(!lab).each(networks)(
    'finds the shape and type of every value of %s as onnxruntime makes it (needs ../shared)',
    async (path) => {
      const model = read(join(data, path));
      const view = viewOf(model);
      const input = model.graph.inputs.find(({ name }) => view.isInput(name));
      const dims = SIZES[path] ?? (input?.dims ?? []).map((dim) => (typeof dim === 'number' ? dim : 1));
      const bare: Model = { ...model, graph: { ...model.graph, values: new Map() } };
      const shapes = inferShapes(bare, new Map([[input?.name ?? '', dims]]));
      const [image] = images(1, { dims });
      if (!image) throw new Error('no image');
      const seen = await runtimeSees(model, image, shapes);
      const wrong = [...seen].filter(
        ([name, { dims: real, type }]) => shapes.of(name)?.join() !== real.join() || shapes.typeOf(name) !== type,
      );
      expect(wrong.map(([name, { dims: real, type }]) => [name, shapes.of(name), real, shapes.typeOf(name), type])).toEqual([]);
      expect(seen.size).toBeGreaterThan(0);
    },
    60_000,
  );

  it.skipIf(!lab)('agrees with the outputs of 94 operator cases, or says that it cannot know (needs ../shared)', () => {
    const cases = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('model.onnx'));
    const unknown = new Set<string>();
    let known = 0;
    for (const path of cases) {
      const model = read(join(folder, path));
      // What the file states about its answers must not be what is found.
      const outputs = model.graph.outputs.map((output) => ({ ...output, dims: undefined }));
      const shapes = inferShapes({ ...model, graph: { ...model.graph, outputs, values: new Map() } });
      outputs.forEach(({ name }, i) => {
        const stored = readdirSync(join(folder, path, '../test_data_set_0')).find((file) => file === `output_${i}.pb`);
        const found = shapes.of(name);
        if (!stored || !found) {
          for (const { op } of model.graph.nodes) unknown.add(op);
          return;
        }
        const real = decodeTensor(new Uint8Array(readFileSync(join(folder, path, '../test_data_set_0', stored))));
        expect(found, path).toEqual(real.dims);
        expect(shapes.typeOf(name), path).toBe(real.type);
        known++;
      });
    }
    expect(cases.length).toBe(94);
    // The others read their shape from data, are sequences or text, or are training operators.
    expect(known).toBeGreaterThanOrEqual(81);
    expect([...unknown].filter((op) => !/Sequence|String|Expand|Gradient|Add/.test(op))).toEqual([]);
  });

  it.skipIf(!lab)('counts as the papers do: ResNet-50, VGG-19, DenseNet-121 (needs ../shared)', () => {
    const billions = (file: string): number => (costOfModel(read(join(data, 'onnx-suite/light', file))).macs ?? 0) / 1e9;
    // 3 per cent: papers differ in whether the last layer and biases count.
    expect(Math.abs(billions('resnet50.onnx') / 4.11 - 1)).toBeLessThan(0.03);
    expect(Math.abs(billions('vgg19.onnx') / 19.6 - 1)).toBeLessThan(0.03);
    expect(Math.abs(billions('densenet121.onnx') / 2.87 - 1)).toBeLessThan(0.03);
  });
});
