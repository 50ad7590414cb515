import { describe, expect, it } from 'vitest';
import { at } from './cells.ts';
import { addTrains, dotTrains, entryOf, roundTrain, trainOfTensor } from './tensor-train.ts';

const sizes = [3, 4, 2, 5] as const;

function tensorOf(f: (index: readonly number[]) => number): Float64Array {
  const out = new Float64Array(sizes.reduce((product, size) => product * size, 1));
  for (let i = 0; i < out.length; i++) out[i] = f(indexOf(i));
  return out;
}

function indexOf(flat: number): number[] {
  let rest = flat;
  return sizes
    .toReversed()
    .map((size) => {
      const x = rest % size;
      rest = Math.floor(rest / size);
      return x;
    })
    .toReversed();
}

const ranks = (train: readonly { readonly after: number }[]) => train.map((core) => core.after);
const sum = tensorOf((index) => index.reduce((total, x, k) => total + Math.sqrt(x + k), 0));
const ridge = tensorOf(([a = 0, b = 0, c = 0, d = 0]) => 1 / (1 + a + 2 * b + c * d));

describe('a tensor train', () => {
  it('holds a sum of functions of one index at rank 2, exactly', () => {
    const train = trainOfTensor(sum, sizes);
    expect(ranks(train)).toEqual([2, 2, 2, 1]);
    sum.forEach((value, i) => expect(entryOf(train, indexOf(i))).toBeCloseTo(value, 12));
  });

  it('adds, multiplies and rounds as the full tensors do', () => {
    const [a, b] = [trainOfTensor(sum, sizes), trainOfTensor(ridge, sizes)];
    const both = addTrains(a, b);
    sum.forEach((value, i) => expect(entryOf(both, indexOf(i))).toBeCloseTo(value + at(ridge, i), 12));
    expect(dotTrains(a, b)).toBeCloseTo(
      sum.reduce((total, value, i) => total + value * at(ridge, i), 0),
      9,
    );
    const doubled = roundTrain(addTrains(a, a));
    expect(ranks(doubled)).toEqual([2, 2, 2, 1]);
    sum.forEach((value, i) => expect(entryOf(doubled, indexOf(i))).toBeCloseTo(2 * value, 11));
  });

  it('rounded to an error keeps to it', () => {
    const train = trainOfTensor(ridge, sizes);
    const rough = roundTrain(train, { relative: 0.02 });
    expect(Math.max(...ranks(rough))).toBeLessThan(Math.max(...ranks(train)));
    const error = Math.sqrt(ridge.reduce((total, value, i) => total + (entryOf(rough, indexOf(i)) - value) ** 2, 0));
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThanOrEqual(0.02 * Math.sqrt(dotTrains(train, train)));
    expect(Math.max(...ranks(roundTrain(train, { most: 1 })))).toBe(1);
  });
});
