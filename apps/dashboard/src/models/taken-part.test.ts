import { describe, expect, it } from 'vitest';
import { rangeOf, takenPart } from './taken-part.ts';

const CROP = { geometry: { resize: 'short-side-crop', shortSide: 256, width: 224, height: 224, channels: 3 } };

describe('what a model gets of an image', () => {
  it('is the middle: the short side to 256, then 224 of it', () => {
    const part = takenPart(CROP, { width: 500, height: 375 });
    expect(part?.height).toBeCloseTo(224 / 256, 9); // exact arithmetic but for rounding
    expect(part?.width).toBeCloseTo((224 / 256) * (375 / 500), 9);
    expect((part?.left ?? 0) * 2 + (part?.width ?? 0)).toBeCloseTo(1, 9);
  });

  it('is all of it where it is stretched', () => {
    expect(takenPart({ geometry: { resize: 'squash', width: 8, height: 8 } }, { width: 5, height: 9 })).toEqual({
      left: 0,
      top: 0,
      width: 1,
      height: 1,
    });
  });

  it('has the numbers that scale, mean and deviation give', () => {
    const [low, high] = rangeOf({ scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }) ?? [];
    expect([low?.toFixed(2), high?.toFixed(2)]).toEqual(['-2.12', '2.64']);
    expect(rangeOf({ scale: 1, mean: [0], std: [1] })).toEqual([-0, 255]);
  });
});
