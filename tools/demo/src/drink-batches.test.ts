import { describe, expect, it } from 'vitest';
import { CLASSES } from './draw/vessels.ts';
import { drinkBatches } from './drink-batches.ts';
import { type DrinkSet, PICTURE } from './drink-set.ts';

// Picture i is all of grey 10 i, so that a batch shows which pictures it holds however they are moved.
const set: DrinkSet = {
  count: 20,
  pixels: Uint8Array.from({ length: 20 * PICTURE }, (_, i) => 10 * Math.floor(i / PICTURE)),
  labels: Uint8Array.from({ length: 20 }, (_, i) => i % 10),
};

describe('drinkBatches', { timeout: 60_000 }, () => {
  it('gives every picture once an epoch, with its own label, in an order that changes', async () => {
    const source = drinkBatches(set, { batch: 5, seed: 1 });
    const labelsOf = async (epoch: number): Promise<number[]> => {
      const labels: number[] = [];
      for (let index = 0; index < source.batchesPerEpoch; index++) {
        const { targets = new Float32Array(), images } = await source.take(epoch, index);
        expect(images.length).toBe(5 * PICTURE);
        for (let i = 0; i < 5; i++) {
          const row = [...targets.subarray(i * CLASSES.length, (i + 1) * CLASSES.length)];
          expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
          labels.push(row.indexOf(Math.max(...row)));
        }
      }
      return labels;
    };
    const [first, second] = [await labelsOf(0), await labelsOf(1)];
    expect([...first].sort()).toEqual([...set.labels].sort());
    expect([...second].sort()).toEqual([...set.labels].sort());
    expect(second).not.toEqual(first);
  });

  it('gives the same batch for the same seed, epoch and place', async () => {
    const [one, two] = [drinkBatches(set, { batch: 5, seed: 1 }), drinkBatches(set, { batch: 5, seed: 1 })];
    const images = async (source: typeof one, index: number): Promise<Buffer> => Buffer.from((await source.take(3, index)).images.buffer);
    expect(Buffer.compare(await images(two, 2), await images(one, 2))).toBe(0);
    expect(Buffer.compare(await images(one, 1), await images(one, 2))).not.toBe(0);
  });
});
