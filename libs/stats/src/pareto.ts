/** What to make small about a point: latency as it is, accuracy with a minus. */
export type Objective<Point> = (point: Point) => number;

/**
 * The points that no other point beats: none is at least as good in every objective and better in one. All objectives are minimised.
 * Equal points stay together; a point with NaN stands nowhere. In the order of the objectives, then as given. The time grows with points times front.
 */
export function paretoFront<Point>(points: readonly Point[], objectives: readonly Objective<Point>[]): Point[] {
  const rows = points
    .map((point) => ({ point, values: objectives.map((objective) => objective(point)) }))
    .filter(({ values }) => !values.some(Number.isNaN));
  // In the order of all objectives whoever beats a point stands before it, and one of those who do is on the front: so only the front is asked.
  rows.sort((a, b) => compareValues(a.values, b.values));
  const front: typeof rows = [];
  for (const row of rows) if (!front.some((other) => dominates(other.values, row.values))) front.push(row);
  return front.map(({ point }) => point);
}

function compareValues(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

/** Whether `a` is at least as good as `b` everywhere and better somewhere, smaller being better. */
export function dominates(a: readonly number[], b: readonly number[]): boolean {
  return a.every((value, i) => value <= (b[i] ?? Number.NaN)) && a.some((value, i) => value < (b[i] ?? Number.NaN));
}

/**
 * Area that points dominate up to a reference point, both objectives minimised (Zitzler and Thiele 1999). Points that are not better
 * than the reference in both count nothing.
 */
export function hypervolume(points: readonly (readonly [number, number])[], reference: readonly [number, number]): number {
  const [right, top] = reference;
  const inside = paretoFront(points, [([x]) => x, ([, y]) => y]).filter(([x, y]) => x < right && y < top);
  let area = 0;
  let ceiling = top;
  for (const [x, y] of inside) {
    area += (right - x) * Math.max(0, ceiling - y);
    ceiling = Math.min(ceiling, y);
  }
  return area;
}
