import { describe, expect, it } from 'vitest';
import type { Mark } from './front-marks.ts';
import { nearestMark, placeTooltip } from './place-tooltip.ts';

const mark = (candidate: string, kind: Mark['kind'], x: number): Mark => {
  const range = { value: x, low: x, high: x };
  return { candidate, classId: 'pi', position: 0, kind, x: range, change: range, below: false };
};
const placed = (...marks: readonly Mark[]) => marks.map((one) => ({ mark: one, at: [one.x.value, 0] as const }));

describe('the nearest mark', () => {
  it('is none out of reach', () => {
    expect(nearestMark(placed(mark('c001', 'front', 50)), [0, 0], 14)).toBeUndefined();
  });

  it('is the one on the front where two are equally near', () => {
    const marks = placed(mark('c001', 'dominated', 12), mark('c002', 'front', 8));
    expect(nearestMark(marks, [10, 0], 14)?.candidate).toBe('c002');
  });
});

describe('the tooltip', () => {
  const box = [400, 300] as const;
  const size = [100, 80] as const;

  it('goes where it hides no mark of the front', () => {
    const right = [[160, 140]] as const;
    const [x, y] = placeTooltip([100, 100], size, { box, marks: right });
    expect(x + size[0] < 160 || x > 160 || y + size[1] < 140 || y > 140).toBe(true);
  });

  it('stays in its box in every corner', () => {
    for (const corner of [
      [0, 0],
      [400, 0],
      [0, 300],
      [400, 300],
    ] as const) {
      const [x, y] = placeTooltip(corner, size, { box, marks: [] });
      expect(x >= 0 && y >= 0 && x + size[0] <= box[0] && y + size[1] <= box[1]).toBe(true);
    }
  });

  it('does not cover its own mark', () => {
    const [x, y] = placeTooltip([390, 290], size, { box, marks: [] });
    expect(x + size[0] < 390 || y + size[1] < 290).toBe(true);
  });
});
