import { seededRng } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { buildModel } from './build-model.ts';
import { constantOf } from './constant-values.ts';
import { encodeModel } from './encode-model.ts';
import { isPackedModel, packModel, unpackModel } from './pack-model.ts';
import { ByteModel, RangeDecoder, RangeEncoder } from './range-coder.ts';

const rng = seededRng(5);
/** Weights as 4 bits leave them: 15 levels, small ones often. */
const levels = (count: number): Int8Array =>
  Int8Array.from({ length: count }, () => Math.max(-7, Math.min(7, Math.round(2 * rng.normal()))));

const model = buildModel({
  name: 'net',
  opset: 13,
  inputs: [{ name: 'x', type: 'float32', dims: [1, 100] }],
  outputs: [{ name: 'y', type: 'float32' }],
  nodes: [
    { name: 'cast', op: 'Cast', inputs: ['w'], outputs: ['w_float'], attributes: { to: 1 } },
    { name: 'dense', op: 'MatMul', inputs: ['x', 'w_float'], outputs: ['product'] },
    { name: 'bias', op: 'Add', inputs: ['product', 'b'], outputs: ['y'] },
  ],
  constants: [
    constantOf('w', [100, 200], levels(20_000)),
    constantOf(
      'b',
      [200],
      Float32Array.from({ length: 200 }, () => rng.normal()),
    ),
  ],
});

describe('packModel', () => {
  it('expands to the same model', async () => {
    const packed = await packModel(model);
    expect(isPackedModel(packed)).toBe(true);
    expect(isPackedModel(encodeModel(model))).toBe(false);
    expect(encodeModel(await unpackModel(packed))).toEqual(encodeModel(model));
  });

  it('takes little more than the entropy of the weights', async () => {
    const values = levels(20_000);
    const counts = new Map<number, number>();
    for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
    const bits = [...counts.values()].reduce((sum, count) => sum - count * Math.log2(count / values.length), 0);
    const encoder = new RangeEncoder();
    const chances = new ByteModel();
    for (const value of values) encoder.byte(value & 255, chances);
    const coded = encoder.finish();
    expect(coded.length * 8).toBeLessThan(bits * 1.02);
    const decoder = new RangeDecoder(coded);
    const same = new ByteModel();
    expect(Int8Array.from(values, () => decoder.byte(same))).toEqual(values);
  });

  it.each([0, 1, 255])('codes long runs of %i, where carries ripple', (value) => {
    const encoder = new RangeEncoder();
    const chances = new ByteModel();
    const bytes = Array.from({ length: 5_000 }, (_, i) => (i % 997 === 0 ? 255 - value : value));
    for (const byte of bytes) encoder.byte(byte, chances);
    const coded = encoder.finish();
    expect(coded.length).toBeLessThan(150);
    const decoder = new RangeDecoder(coded);
    const same = new ByteModel();
    expect(bytes.map(() => decoder.byte(same))).toEqual(bytes);
  });

  it('says when a file is damaged', async () => {
    const packed = await packModel(model);
    await expect(unpackModel(packed.subarray(0, 5))).rejects.toThrow('it is no packed model');
    await expect(unpackModel(packed.map((byte, i) => (i > 12 && i < 40 ? byte ^ 0x55 : byte)))).rejects.toMatchObject({ code: 'corrupt' });
  });
});
