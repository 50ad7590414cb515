import type { CandidateId, DeviceClassId } from '@fleetfit/core';
import type { CandidateRow, ChartRange, CrowdView } from './overview-views.ts';

/** Dominated candidates past which they are drawn as a density. */
const MOST_MARKS = 2_000;
const COLUMNS = 120;
const ROWS = 72;

interface Point {
  readonly id: CandidateId;
  readonly x: number;
  readonly y: number;
}

/** The dominated candidates of each class: as marks while all classes together have no more than `most`, else as a density over the chart. */
export function crowdOf(
  candidates: readonly CandidateRow[],
  classes: readonly DeviceClassId[],
  { range, most = MOST_MARKS }: { readonly range: ChartRange; readonly most?: number },
): CrowdView[] {
  const points = classes.map((id) => ({ id, points: candidates.flatMap((one) => pointOf(one, id, range.across) ?? []) }));
  const count = points.reduce((sum, each) => sum + each.points.length, 0);
  return points.map(({ id, points: all }) => (count > most ? densityOf(id, all, range) : marksOf(id, all)));
}

function pointOf(one: CandidateRow, classId: DeviceClassId, across: ChartRange['across']): Point | undefined {
  const on = one.classes.find((each) => each.id === classId);
  if (!on || one.isOriginal || on.onFront || on.state !== 'measured' || !on.latencyMs || !on.accuracyChange) return undefined;
  const x = across === 'size' ? one.bytes : on.latencyMs.value;
  return x === undefined ? undefined : { id: one.id, x, y: on.accuracyChange.value };
}

// Four digits are more than a screen has.
const short = (value: number): number => Number(value.toPrecision(4));

function marksOf(classId: DeviceClassId, points: readonly Point[]): CrowdView {
  return {
    kind: 'marks',
    classId,
    ids: points.map(({ id }) => id),
    x: points.map(({ x }) => short(x)),
    y: points.map(({ y }) => short(y)),
  };
}

function densityOf(classId: DeviceClassId, points: readonly Point[], { x: [left, right], y: [low, high] }: ChartRange): CrowdView {
  const found = new Map<number, { count: number; best: Point }>();
  const below = Array.from({ length: COLUMNS }, () => 0);
  for (const point of points) {
    const column = Math.floor((Math.log(point.x / left) / Math.log(right / left)) * COLUMNS);
    if (column < 0 || column >= COLUMNS) continue;
    if (point.y < low) below[column] = (below[column] ?? 0) + 1;
    const row = Math.floor(((point.y - low) / (high - low)) * ROWS);
    if (row < 0 || row >= ROWS) continue;
    const cell = row * COLUMNS + column;
    const before = found.get(cell);
    found.set(cell, { count: (before?.count ?? 0) + 1, best: before && before.best.y >= point.y ? before.best : point });
  }
  const cells = [...found].sort(([a], [b]) => a - b);
  return {
    kind: 'density',
    classId,
    columns: COLUMNS,
    rows: ROWS,
    cells: cells.map(([cell]) => cell),
    counts: cells.map(([, { count }]) => count),
    ids: cells.map(([, { best }]) => best.id),
    below,
  };
}
