import type { Mark } from './front-marks.ts';

type Point = readonly [number, number];

/** A mark and where it stands, px. */
export interface Placed {
  readonly mark: Mark;
  readonly at: Point;
}

/** Which mark is nearest to a point of the plot, within reach: for fingers, which are wider than marks. */
export function nearestMark(marks: readonly Placed[], point: Point, reach: number): Mark | undefined {
  let best: { readonly mark: Mark; readonly distance: number } | undefined;
  for (const {
    mark,
    at: [x, y],
  } of marks) {
    // Of two equally near, the one on the front is meant.
    const distance = Math.hypot(x - point[0], y - point[1]) + (mark.kind === 'dominated' ? 4 : 0);
    if (distance <= reach && (!best || distance < best.distance)) best = { mark, distance };
  }
  return best?.mark;
}

/**
 * Where a tooltip of this size hides the fewest marks of the front: right or left of its mark, above or below it, inside the box.
 * The first of equals wins, so it does not jump about.
 */
export function placeTooltip(at: Point, size: Point, { box, marks }: { readonly box: Point; readonly marks: readonly Point[] }): Point {
  const gap = 16;
  const sides: readonly Point[] = [
    [at[0] + gap, at[1] + gap],
    [at[0] - gap - size[0], at[1] + gap],
    [at[0] + gap, at[1] - gap - size[1]],
    [at[0] - gap - size[0], at[1] - gap - size[1]],
  ];
  let best: { readonly place: Point; readonly hidden: number } | undefined;
  for (const side of sides) {
    const place: Point = [clamp(side[0], box[0] - size[0]), clamp(side[1], box[1] - size[1])];
    const covers = ([x, y]: Point) => x > place[0] - 6 && x < place[0] + size[0] + 6 && y > place[1] - 6 && y < place[1] + size[1] + 6;
    const hidden = marks.filter(covers).length + (covers(at) ? 100 : 0);
    if (!best || hidden < best.hidden) best = { place, hidden };
  }
  return best?.place ?? [0, 0];
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(value, most));
}
