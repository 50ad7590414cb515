import { describe, expect, it } from 'vitest';
import { type FoundBox, type LabelledBox, overlapOf } from './box.ts';
import { toPicture } from './box-geometry.ts';
import { boxesOf, type PostProcessing } from './decode-boxes.ts';
import { meanAveragePrecision } from './mean-average-precision.ts';
import { cosineOf, psnrOf } from './similarity.ts';

const square = (left: number, top: number, side: number) => ({ left, top, right: left + side, bottom: top + side });

describe('boxesOf', () => {
  const post: PostProcessing = { decode: 'yolox', strides: [8, 16], score: 0.1, overlap: 0.5, most: 10 };
  const frame = { width: 32, height: 16 };
  /** 4 x 2 cells of 8 pixels, 2 x 1 cells of 16; two classes. */
  const output = (cells: Readonly<Record<number, readonly number[]>>) => {
    const data = new Float32Array(10 * 7);
    for (const [cell, numbers] of Object.entries(cells)) data.set(numbers, Number(cell) * 7);
    return { data, dims: [1, 10, 7] };
  };

  it('reads cells of every stride: centre from the cell, size from its logarithm', () => {
    const found = boxesOf(output({ 5: [0.5, 0.5, 0, Math.log(2), 0.8, 0.5, 0], 9: [0.5, 0.5, 0, 0, 1, 0, 0.9] }), frame, post);
    expect(found).toEqual([
      { label: 1, score: expect.closeTo(0.9, 5), left: 0.5, top: 0, right: 1, bottom: 1 },
      // Cell 5 is row 1, column 1: its centre lies at pixel (12, 12), 8 wide and 16 high.
      { label: 0, score: expect.closeTo(0.4, 5), left: 0.25, top: expect.closeTo(0.25, 5), right: 0.5, bottom: expect.closeTo(1.25, 5) },
    ]);
  });

  it('keeps the surest of boxes of one class that overlap, and those of other classes', () => {
    const cells = { 0: [0.5, 0.5, 0, 0, 1, 0.9, 0.3], 1: [-0.4, 0.5, 0, 0, 1, 0.8, 0] };
    expect(boxesOf(output(cells), frame, post).map(({ label, score }) => [label, Number(score.toFixed(2))])).toEqual([
      [0, 0.9],
      [1, 0.3],
    ]);
    expect(boxesOf(output(cells), frame, { ...post, overlap: 0.95 })).toHaveLength(3);
    expect(boxesOf(output(cells), frame, { ...post, most: 1 })).toHaveLength(1);
  });

  it('says when the output is of another shape', () => {
    expect(() => boxesOf({ data: new Float32Array(14), dims: [1, 2, 7] }, frame, post)).toThrow(
      'the output is [1, 2, 7], not [1, 10, 5 + classes]',
    );
  });

  it('reads planes of one grid as FastestDet writes them', () => {
    const data = new Float32Array(7 * 4);
    data.set([0, 0, 1, 0], 0); // objectness: row 1, column 0 of 2 x 2
    data[6 * 4 + 2] = 0.5; // class 1
    const [box] = boxesOf({ data, dims: [1, 7, 2, 2] }, frame, { ...post, decode: 'fastestdet' });
    expect(box).toEqual({ label: 1, score: expect.closeTo(0.5 ** 0.4, 5), left: -0.25, top: 0.25, right: 0.25, bottom: 0.75 });
  });
});

describe('meanAveragePrecision', () => {
  const drawn: LabelledBox[] = [
    { label: 0, ...square(0, 0, 0.4) },
    { label: 0, ...square(0.5, 0.5, 0.4) },
  ];
  const sure = (boxes: readonly LabelledBox[], score = 0.9): FoundBox[] => boxes.map((box) => ({ ...box, score }));

  it('is 1 for what was drawn, and 0 for nothing', () => {
    expect(meanAveragePrecision([{ drawn, found: sure(drawn) }])).toEqual({ mean: expect.closeTo(1, 9), half: expect.closeTo(1, 9) });
    expect(meanAveragePrecision([{ drawn, found: [] }])).toEqual({ mean: 0, half: 0 });
  });

  it('counts by hand: one of two found gives recalls up to .5, a surer wrong box halves the precision', () => {
    const one = sure(drawn.slice(0, 1), 0.5);
    expect(meanAveragePrecision([{ drawn, found: one }]).half).toBeCloseTo(51 / 101, 9);
    const wrong: FoundBox = { label: 0, score: 0.8, ...square(0.8, 0, 0.1) };
    expect(meanAveragePrecision([{ drawn, found: [wrong, ...one] }]).half).toBeCloseTo(51 / 101 / 2, 9);
  });

  it('takes a box at overlaps up to its own, and a second box on the same object is wrong', () => {
    const shifted = [{ label: 0, score: 0.9, left: 0, top: 0, right: 0.4, bottom: 0.25 }]; // overlaps .625: right at .50, .55, .60
    const single = drawn.slice(0, 1);
    expect(meanAveragePrecision([{ drawn: single, found: shifted }])).toEqual({ mean: expect.closeTo(0.3, 9), half: expect.closeTo(1, 9) });
    const twice = [...sure(single, 0.9), ...sure(single, 0.8)];
    expect(
      meanAveragePrecision([
        { drawn: single, found: twice },
        { drawn: single, found: sure(single, 0.7) },
      ]).half,
    ).toBeLessThan(1);
  });

  it('averages over the classes that were drawn, and leaves crowds out', () => {
    const both: LabelledBox[] = [...drawn.slice(0, 1), { label: 1, ...square(0.5, 0.5, 0.4) }];
    expect(meanAveragePrecision([{ drawn: both, found: sure(both.slice(0, 1)) }]).half).toBeCloseTo(0.5, 9);
    const crowd: LabelledBox = { label: 0, crowd: true, ...square(0.5, 0, 0.5) };
    const inCrowd: FoundBox = { label: 0, score: 1, ...square(0.6, 0.1, 0.2) };
    expect(meanAveragePrecision([{ drawn: [...drawn, crowd], found: [inCrowd, ...sure(drawn)] }]).half).toBeCloseTo(1, 9);
  });
});

describe('toPicture', () => {
  const whole = { left: 0, top: 0, right: 1, bottom: 1 };
  const size = { width: 100, height: 100, channels: 3 as const };

  it('places a wide image in a letterbox, in its middle or at its top', () => {
    const image = { width: 200, height: 100 };
    expect(toPicture(whole, image, { resize: 'letterbox', ...size })).toEqual({ left: 0, top: 0.25, right: 1, bottom: 0.75 });
    expect(toPicture(whole, image, { resize: 'letterbox', anchor: 'top-left', ...size })).toEqual({
      left: 0,
      top: 0,
      right: 1,
      bottom: 0.5,
    });
  });

  it('lets a crop cut the long side', () => {
    const picture = toPicture(whole, { width: 200, height: 100 }, { resize: 'short-side-crop', shortSide: 100, ...size });
    expect(picture).toEqual({ left: -0.5, top: 0, right: 1.5, bottom: 1 });
    expect(toPicture(whole, { width: 5, height: 9 }, { resize: 'squash', ...size })).toEqual(whole);
  });
});

describe('overlapOf', () => {
  it('is shared by joint area', () => {
    expect(overlapOf(square(0, 0, 0.4), square(0.2, 0, 0.4))).toBeCloseTo(1 / 3, 9);
    expect(overlapOf(square(0, 0, 0.4), square(0.5, 0, 0.4))).toBe(0);
  });
});

describe('similarity', () => {
  it('compares embeddings by direction and pictures by squared error', () => {
    expect(cosineOf([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 9);
    expect(cosineOf([1, 0], [0, 5])).toBe(0);
    expect(psnrOf([0, 255], [0, 250])).toBeCloseTo(10 * Math.log10((255 * 255 * 2) / 25), 9);
    expect(psnrOf([7], [7])).toBe(Number.POSITIVE_INFINITY);
  });
});
