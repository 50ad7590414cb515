import { isRefusal } from '@fleetfit/core';
import { constantOf, type Model, verifyModel } from '@fleetfit/onnx';
import { describe, expect, it } from 'vitest';
import { costOfModel } from '../cost-of-model.ts';
import { answersOf, contextFor, images, lab, labModel, largestDifference, NetWriter, smallNet } from '../testing.ts';
import { resizeInput } from './resize-input.ts';

async function resized(model: Model, size: number, inside: 'yes' | 'no' = 'no'): Promise<Model> {
  const args = { size, inside };
  const refusal = resizeInput.requires(model, args);
  if (refusal) throw new Error(refusal.why);
  const result = await resizeInput.apply(model, args, contextFor(model));
  if (isRefusal(result)) throw new Error(result.why);
  verifyModel(result.model);
  return result.model;
}

describe('resize-input', () => {
  it('takes smaller images and multiplies less', async () => {
    const model = smallNet();
    const small = await resized(model, 8);
    expect(small.graph.inputs[0]?.dims).toEqual(['batch', 3, 8, 8]);
    expect(costOfModel(small).macs ?? 0).toBeLessThan(0.3 * (costOfModel(model).macs ?? 0));
    const [answer] = await answersOf(small, images(1, { dims: [1, 3, 8, 8] }));
    expect(answer?.length).toBe(10);
  });

  it('computes on a scaled image what the model computes on that image', async () => {
    const flat = (side: number) =>
      images(1, { dims: [1, 3, side, side] }).map((image) => ({ ...image, data: new Float32Array(3 * side * side).fill(0.5) }));
    const model = smallNet();
    const inside = await resized(model, 8, 'yes');
    expect(inside.graph.inputs[0]?.dims).toEqual(['batch', 3, 16, 16]);
    // An image of one colour is the same at every size: only float32 sums differ.
    expect(largestDifference(await answersOf(await resized(model, 8), flat(8)), await answersOf(inside, flat(16)))).toBeLessThan(1e-5);
    // And it would be noticed if the image were not scaled at all.
    expect(largestDifference(await answersOf(model, flat(16)), await answersOf(inside, flat(16)))).toBeGreaterThan(1e-4);
  });

  it('writes targets of Reshape anew that count pixels', async () => {
    const net = new NetWriter(1);
    const conv = net.conv('image', { from: 3, to: 4, kernel: 3, stride: 2 });
    net.constants.push(constantOf('target', [3], BigInt64Array.of(1n, 4n, 64n)));
    const model = net.model([1, 3, 16, 16], net.node('Reshape', [conv, 'target']));
    const [answer] = await answersOf(await resized(model, 12), images(1, { dims: [1, 3, 12, 12] }));
    expect(answer?.length).toBe(4 * 36);
  });

  it('refuses constants that were made for the old size, and models that it does not fit', async () => {
    const net = new NetWriter(2);
    const grid = net.constant('grid', [1, 4, 8, 8], (normal) => normal);
    const model = net.model([1, 3, 16, 16], net.node('Add', [net.conv('image', { from: 3, to: 4, kernel: 3, stride: 2 }), grid]));
    const result = await resizeInput.apply(model, { size: 12, inside: 'no' }, contextFor(model));
    expect(isRefusal(result) && result.why).toContain('at 12 x 12 pixels it does not run');
    expect(resizeInput.requires(smallNet(), { size: 16, inside: 'no' })?.why).toBe('its images have 16 pixels already');
    const free = net.model([1, 3, 'height', 'width'], 'add_1');
    expect(resizeInput.requires(free, { size: 12, inside: 'no' })?.why).toBe('its input "image" takes any size already');
  });

  it.skipIf(!lab)('resizes a detector with its Reshapes (needs ../shared)', async () => {
    const model = labModel('yolox-nano-416.onnx');
    const small = await resized(model, 352);
    const [answer] = await answersOf(small, images(1, { dims: [1, 3, 352, 352] }));
    // 44 x 44, 22 x 22 and 11 x 11 places of 85 numbers each.
    expect(answer?.length).toBe((44 * 44 + 22 * 22 + 11 * 11) * 85);
  });
});
