import { atLeast, atMost, type Bench, type Check, type Field, notJudged, type Row, type RowContext, type RowPlan } from './bench.ts';
import type { Kernels } from './compress/answers.ts';
import { measureClassifier } from './compress/classifier-row.ts';
import { measureDetector } from './compress/detector-row.ts';
import { measureStored } from './compress/stored-row.ts';
import { TABLE, type TableRow } from './compress/table.ts';
import { thisMachine } from './machine.ts';

/** Passes against the naive way of doing the same, on images that fitted nothing. */
export const bench: Bench = {
  about: 'accuracy, agreement, size and speed of compressed models, beside the naive way in the same run',
  rows: TABLE.map((row): RowPlan => ({ name: row.name, measure: (context) => measured(row, context) })),
  checks: (rows) => TABLE.flatMap((row) => checksOf(row, rows)),
};

function measured(row: TableRow, context: RowContext): Promise<Record<string, Field>> {
  // Without VNNI the 8-bit kernels overflow: then the file is judged as it is written.
  const kernels: Kernels = row.needs === 'vnni' && !hasVnni() ? 'as-written' : 'fused';
  if (row.kind === 'detector') return measureDetector({ ...row, kernels }, context);
  return row.kind === 'stored' ? measureStored(row, context) : measureClassifier({ ...row, kernels }, context);
}

const hasVnni = (): boolean => thisMachine().features.some((feature) => /vnni|amx_int8|asimddp|i8mm/.test(feature));

function checksOf({ name: row, limits, needs }: TableRow, rows: ReadonlyMap<string, Row>): Check[] {
  const figure = (what: string, field: string, unit: string) => ({ name: `${row}, ${what}`, row, field, unit });
  const speed = (check: Check): Check =>
    needs === 'any' || hasVnni() ? check : notJudged(check, 'this CPU has no VNNI: its integer kernels are others');
  const { drop, agreement, belowNaive, megabytes, times, timesNaive, mapDrop, smaller } = limits;
  return [
    ...(drop === undefined ? [] : [atMost(rows, figure('drop', 'drop_points', 'points'), drop)]),
    ...(agreement === undefined ? [] : [atLeast(rows, figure('agreement', 'agreement_percent', '%'), agreement)]),
    ...(belowNaive === undefined ? [] : [atMost(rows, figure('below the pruned one', 'below_naive_points', 'points'), belowNaive)]),
    ...(mapDrop === undefined ? [] : [atMost(rows, figure('drop of mAP', 'map_drop', 'mAP'), mapDrop)]),
    ...(megabytes === undefined ? [] : [atMost(rows, figure('size', 'megabytes', 'MB'), megabytes)]),
    ...(smaller === undefined ? [] : [atLeast(rows, figure('size', 'times_smaller', 'times smaller'), smaller)]),
    ...(times === undefined ? [] : [speed(atLeast(rows, figure('speed', 'ours_times', 'times'), times))]),
    ...(timesNaive === undefined ? [] : [speed(atLeast(rows, figure('speed against naive', 'against_naive_times', 'times'), timesNaive))]),
  ];
}
