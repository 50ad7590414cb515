/** What a row may hold: numbers with their unit in the key (`decode_ms`), lists of samples, words. */
export type Field = number | string | boolean | null | readonly number[];

export interface Row {
  readonly name: string;
  readonly fields: Readonly<Record<string, Field>>;
  /** Set when measuring failed: the message. The bench then fails. */
  readonly error?: string;
}

export interface RowPlan {
  /** Unique in its bench: what `--only` names. */
  readonly name: string;
  /** Left out by `--quick`. */
  readonly long?: boolean;
  measure(context: RowContext): Promise<Readonly<Record<string, Field>>>;
}

export interface RowContext {
  readonly quick: boolean;
  /** Images to fit on and to judge on, instead of the bench's own. */
  readonly folders?: { readonly calibration: string; readonly validation: string } | undefined;
  readonly signal: AbortSignal;
  /** One line for the person who watches. */
  say(line: string): void;
}

type Verdict = { readonly holds: true | false } | { readonly holds: 'not judged'; readonly reason: string };

/** One figure that somebody asked for. */
export type Check = Verdict & {
  readonly name: string;
  /** What was measured; null where nothing was. */
  readonly value: number | null;
  readonly unit: string;
  /** In words with the number: `<= 30`. */
  readonly target: string;
};

export interface Bench {
  /** What it measures, in one sentence. */
  readonly about: string;
  readonly rows: readonly RowPlan[];
  /** Judges the rows that are there: each figure is a check, also when its row is missing. */
  checks(rows: ReadonlyMap<string, Row>): readonly Check[];
}

interface Figure {
  readonly name: string;
  readonly row: string;
  readonly field: string;
  readonly unit: string;
}

/** A check that a field of a row is at most `limit`; not judged, with the reason, where that row was not measured. */
export function atMost(rows: ReadonlyMap<string, Row>, figure: Figure, limit: number): Check {
  return judged(rows, figure, { target: `<= ${limit}`, holds: (value) => value <= limit });
}

/** A check that a field of a row is at least `limit`. */
export function atLeast(rows: ReadonlyMap<string, Row>, figure: Figure, limit: number): Check {
  return judged(rows, figure, { target: `>= ${limit}`, holds: (value) => value >= limit });
}

/** The same figure, shown but not judged: the machine cannot say. */
export function notJudged({ name, value, unit, target }: Check, reason: string): Check {
  return { name, value, unit, target, holds: 'not judged', reason };
}

interface Target {
  readonly target: string;
  holds(value: number): boolean;
}

function judged(rows: ReadonlyMap<string, Row>, { name, row, field, unit }: Figure, { target, holds }: Target): Check {
  const value = rows.get(row)?.fields[field];
  if (typeof value === 'number' && Number.isFinite(value)) return { name, value, unit, target, holds: holds(value) };
  return { name, value: null, unit, target, holds: 'not judged', reason: missing(rows.get(row), row, field) };
}

function missing(row: Row | undefined, name: string, field: string): string {
  if (!row) return `row "${name}" was not measured`;
  return row.error === undefined ? `row "${name}" has no number "${field}"` : `row "${name}" failed: ${row.error}`;
}
