import { readFileSync } from 'node:fs';
import { constantOf, decodeModel, editModel, type Model, viewOf } from '@fleetfit/onnx';
import { describe, expect, it } from 'vitest';
import { answersOf, contextFor, images, lab, labModel, largestDifference, NetWriter } from '../testing.ts';
import { simplifiedModel } from './simplify.ts';

const ops = (model: Model): string[] => viewOf(model).nodes.map((node) => node.op);

/** Weights that are computed, a Reshape to a computed shape, nodes that do nothing and one that nobody reads. */
function wordyNet(): Model {
  const net = new NetWriter(1);
  const half = net.constant('half', [1], () => 0.5);
  const weight = net.node('Mul', [net.constant('w', [4, 3, 3, 3], (normal) => normal), half]);
  const conv = net.node('Conv', [net.node('Identity', ['image']), weight]);
  net.node('Relu', [conv]);
  const dropped = net.node('Dropout', [conv]);
  const target = net.node('Shape', [net.constant('like', [1, 4, 36], () => 0)]);
  return net.model([1, 3, 8, 8], net.node('Reshape', [net.node('Sigmoid', [dropped]), target]));
}

describe('simplify', () => {
  it('leaves what reads the image, and computes the same', async () => {
    const model = wordyNet();
    const { model: simple } = await simplifiedModel(model, contextFor(model));
    expect(ops(simple)).toEqual(['Conv', 'Sigmoid', 'Reshape']);
    const all = images(2, { dims: [1, 3, 8, 8] });
    // The very same numbers: constants are computed by the runtime itself.
    expect(largestDifference(await answersOf(model, all), await answersOf(simple, all))).toBe(0);
  });

  it('would be noticed with a wrong constant: the same test fails when one is off by 1 %', async () => {
    const model = wordyNet();
    const { model: simple } = await simplifiedModel(model, contextFor(model));
    const broken = editModel(simple, (graph) => {
      const weight = graph.nodes.find((node) => node.op === 'Conv')?.inputs[1] ?? '';
      graph.setConstant(constantOf(weight, [4, 3, 3, 3], new Float32Array(108).fill(0.01)));
    });
    const all = images(2, { dims: [1, 3, 8, 8] });
    expect(largestDifference(await answersOf(model, all), await answersOf(broken, all))).toBeGreaterThan(1e-3);
  });

  it('does nothing the second time', async () => {
    const { model: once } = await simplifiedModel(wordyNet(), contextFor(wordyNet()));
    const twice = await simplifiedModel(once, contextFor(once));
    expect(twice.changes).toEqual([]);
    expect(twice.model).toBe(once);
  });

  it('keeps the Shape of a value that may have any size', async () => {
    const net = new NetWriter(1);
    const shape = net.node('Shape', ['image']);
    const model = net.model(['batch', 3, 4, 4], net.node('Reshape', [net.node('Relu', ['image']), shape]));
    expect(ops((await simplifiedModel(model, contextFor(model))).model)).toContain('Shape');
    const fixed = net.model([1, 3, 4, 4], 'reshape_2');
    expect(ops((await simplifiedModel(fixed, contextFor(fixed))).model)).not.toContain('Shape');
  });

  it.skipIf(!lab)('brings back the weights of models that compute them (needs ../shared)', async () => {
    const light = decodeModel(new Uint8Array(readFileSync(`${lab}/data/onnx-suite/light/shufflenet.onnx`)));
    const { model: simple } = await simplifiedModel(light, contextFor(light));
    expect(ops(simple)).not.toContain('ConstantOfShape');
    const all = images(1, { dims: [1, 3, 224, 224] });
    expect(largestDifference(await answersOf(light, all), await answersOf(simple, all))).toBeLessThan(1e-6);
    const resnet = labModel('resnet20-cifar10.onnx');
    expect(ops((await simplifiedModel(resnet, contextFor(resnet))).model)).not.toContain('Gather');
  });
});
