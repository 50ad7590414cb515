import { describe, expect, it } from 'vitest';
import { planeOf, seenAs } from './show-prepared.ts';
import { parseSidecar, preparationOf, type SidecarInput } from './sidecar.ts';

const SHAPE = { height: 1, width: 2, channels: 3 };
const PIXELS = Uint8Array.of(200, 100, 0, 255, 128, 64);
const prepared = (rest: Omit<SidecarInput, 'geometry'>) =>
  preparationOf(parseSidecar({ geometry: { resize: 'squash', width: 2, height: 1, channels: 3 }, ...rest }));
const IMAGENET = prepared({ scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] });

describe('what a model sees', () => {
  it('is the image itself where it is prepared as it should be', () => {
    expect([...seenAs(PIXELS, SHAPE, { given: IMAGENET, taken: IMAGENET })]).toEqual([...PIXELS]);
  });

  it('has red for blue where the order is wrong', () => {
    const bgr = prepared({ order: 'bgr' });
    expect([...seenAs(PIXELS, SHAPE, { given: bgr, taken: prepared({}) })]).toEqual([0, 100, 200, 64, 128, 255]);
    expect([...planeOf(PIXELS, SHAPE, { place: 0, preparation: bgr })]).toEqual([0, 64]);
  });

  it('is all white where numbers up to 255 meet one that wants small ones', () => {
    const [black, ...rest] = seenAs(Uint8Array.of(0, 9, 200, 255, 128, 64), SHAPE, { given: prepared({}), taken: IMAGENET });
    expect(black).toBe(124); // 0 stands for the mean, 0.485 of 255
    expect(rest).toEqual([255, 255, 255, 255, 255]);
  });
});
