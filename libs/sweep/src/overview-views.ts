import type { CandidateId, DeviceClassId, DeviceId } from '@fleetfit/core';
import type { CandidateView, Change, ClassView, SweepView } from './views.ts';

/** A candidate without what the passes said of every layer: a row of a table, the marks of a chart. */
export type CandidateRow = Omit<CandidateView, 'history'>;

/**
 * A sweep without its thousands: what a page shows at once and follows live. It stays small however many candidates there are;
 * rows, marks and lines are asked for in windows and summaries, again when `revision` is another.
 */
export interface SweepOverview extends Omit<SweepView, 'candidates' | 'classes'> {
  /** Another text whenever a row may have changed. */
  readonly revision: string;
  readonly counts: RowCounts;
  readonly classes: readonly ClassOverview[];
  /** The original, what stands on a front or is best, and what is being measured. At most a few hundred. */
  readonly shown: readonly CandidateRow[];
}

export interface ClassOverview extends ClassView {
  /** Candidates that no other beats in accuracy and size, smallest first. */
  readonly sizeFront: readonly CandidateId[];
  /** Ends of everything that was measured: fastest and slowest, smallest and largest; undefined while there is nothing. */
  readonly extent?: { readonly latencyMs: readonly [number, number]; readonly bytes: readonly [number, number] } | undefined;
  /** Each candidate that was the best when it came, by its best guess, in the order of asking. */
  readonly history: readonly BestStep[];
}

export interface BestStep {
  /** Which candidate of the sweep it was: the original is 0. */
  readonly index: number;
  readonly candidate: CandidateId;
  readonly latencyMs: number;
  readonly changePoints: number;
  readonly bytes: number;
}

/** Which rows a table shows. */
export type RowFilter = 'all' | 'front' | 'inside' | 'not measured';

export type RowCounts = Readonly<Record<RowFilter, number>>;

/** What rows are sorted by: a column, or the latency on a class by its id. */
export interface RowOrder {
  readonly by: 'candidate' | 'change' | 'size' | { readonly latencyOn: string };
  readonly descending: boolean;
}

/** A part of the chart: what lies in it on any class. Latency in ms or size in bytes, change in points. */
export interface ChartBox {
  readonly across: 'latency' | 'size';
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
}

export interface WindowQuery {
  readonly filter: RowFilter;
  /** Words that a row must all have, in its id, recipe, sentence or reason. */
  readonly text: string;
  readonly order: RowOrder;
  readonly box?: ChartBox | undefined;
  /** These rows and no others, as they are now: the rest of the query is left aside. */
  readonly ids?: readonly string[] | undefined;
  readonly offset: number;
  readonly limit: number;
}

export interface CandidateWindow {
  readonly revision: string;
  /** Rows that match, not only those of this window. */
  readonly total: number;
  readonly rows: readonly CandidateRow[];
}

/** What a chart covers: latency in ms or size in bytes, and points of change. */
export interface ChartRange {
  readonly across: 'latency' | 'size';
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** The dominated candidates of a class: one by one, or where there are too many, how many stand in each cell of a grid over the chart. */
export type CrowdView =
  | {
      readonly kind: 'marks';
      readonly classId: DeviceClassId;
      readonly ids: readonly CandidateId[];
      /** ms or bytes. */
      readonly x: readonly number[];
      /** Points. */
      readonly y: readonly number[];
    }
  | {
      readonly kind: 'density';
      readonly classId: DeviceClassId;
      readonly columns: number;
      readonly rows: number;
      /** Cells that are not empty: row * columns + column, from the lower left; x on a logarithmic scale. */
      readonly cells: readonly number[];
      readonly counts: readonly number[];
      /** One candidate of each cell: the most accurate. */
      readonly ids: readonly CandidateId[];
      /** How many lie under the range, by column. */
      readonly below: readonly number[];
    };

/** Knobs of a sweep side by side, each candidate a line through them: parallel coordinates. */
export interface KnobLines {
  readonly axes: readonly KnobAxis[];
  readonly lines: readonly {
    readonly candidate: CandidateId;
    readonly onFront: boolean;
    /** One a axis: which level, by its place in the list; or the number. -1: the candidate does not have this knob. */
    readonly at: readonly number[];
  }[];
  /** Candidates with figures; more than the lines where only a part of them is drawn. */
  readonly total: number;
}

export interface KnobAxis {
  readonly name: string;
  readonly label: string;
  /** Words of the levels, in order; undefined for an axis of numbers. */
  readonly levels?: readonly string[] | undefined;
  /** For an axis of numbers: its ends. */
  readonly range?: readonly [number, number] | undefined;
  /** What finds this level in the filter of the table, one a level. */
  readonly finds?: readonly string[] | undefined;
}

/** Who measured what, and when. */
export interface TimelineView {
  readonly from: number;
  readonly to: number;
  /** All devices that took part, also where only some of their lanes are here. */
  readonly total: number;
  readonly lanes: readonly DeviceLane[];
  /** How busy each class was, where there are too many devices for lanes: the share of its devices at work, over equal spans of time. */
  readonly busy: readonly { readonly classId: DeviceClassId; readonly devices: number; readonly shares: readonly number[] }[];
}

export interface DeviceLane {
  readonly device: DeviceId;
  readonly name: string;
  readonly classId: DeviceClassId;
  readonly spans: readonly LaneSpan[];
}

export interface LaneSpan {
  readonly candidate: CandidateId;
  readonly from: number;
  /** Undefined while it goes on. */
  readonly to?: number | undefined;
  readonly state: 'measuring' | 'done' | 'failed' | 'given back';
}

/** How two to four candidates differ. */
export interface CompareView {
  readonly candidates: readonly CandidateRow[];
  readonly original: CandidateRow;
  readonly images: number;
  /** In one or two sentences: what the second is against the first. */
  readonly sentence: string;
  readonly steps: readonly StepComparison[];
  readonly figures: readonly FigureComparison[];
  /** Refusals of the passes, and in which of the candidates each occurs. */
  readonly refusals: readonly { readonly layer: string; readonly what: string; readonly in: readonly CandidateId[] }[];
  /** Images on which the first two differ in being right. */
  readonly disagreement?:
    | { readonly onlyFirst: readonly number[]; readonly onlySecond: readonly number[]; readonly first: number; readonly second: number }
    | undefined;
  /** What would settle an open question; undefined where there is none. */
  readonly settle?: { readonly images: number; readonly available: number; readonly recipes: readonly string[] } | undefined;
}

export interface StepComparison {
  readonly word: string;
  /** As text, one a candidate; undefined: it does not have the step. */
  readonly texts: readonly (string | undefined)[];
  readonly same: boolean;
}

export interface FigureComparison {
  readonly metric: 'latency p50' | 'latency p95' | 'peak memory' | 'top-1' | 'size';
  readonly classId?: DeviceClassId | undefined;
  /** In ms, bytes or points, one a candidate. */
  readonly values: readonly (Change | undefined)[];
  /** The second against the first: a ratio of times, else a difference in the metric's unit. */
  readonly difference?: Change | undefined;
  readonly verdict?: 'faster' | 'slower' | 'smaller' | 'larger' | 'better' | 'worse' | 'no difference' | 'undecided' | undefined;
}

/** Which files to ship when only so many may be. */
export interface PortfolioView {
  readonly choices: readonly PortfolioChoice[];
  /** How many files the page suggests: more would help nobody by more than a few per cent. */
  readonly suggested: number;
  /** What every file needs on every class, against the class's own best. */
  readonly files: readonly PortfolioFile[];
  readonly sentence: string;
}

export interface PortfolioChoice {
  readonly files: readonly CandidateId[];
  readonly bytes: number;
  readonly classes: readonly PortfolioClass[];
  /** The largest regret of a class, as a fraction: 0.41 is 41 % more time than with its own best. */
  readonly worst: number;
}

export interface PortfolioClass {
  readonly classId: DeviceClassId;
  readonly candidate: CandidateId;
  readonly latencyMs: Change;
  /** More time than with the class's own best, as a fraction. */
  readonly regret: Change;
  /** Which limits it breaks by its best guess. */
  readonly breaks: boolean;
}

export interface PortfolioFile {
  readonly candidate: CandidateId;
  readonly sentence: string;
  readonly bytes: number;
  /** Why it stands in the list. */
  readonly role: string;
  readonly classes: readonly (PortfolioClass | undefined)[];
}
