import type { CandidateId, SweepId } from '@fleetfit/core';
import type { SweepDefinitionInput } from '@fleetfit/space';
import type {
  CandidateView,
  CandidateWindow,
  ChartRange,
  CompareView,
  CrowdView,
  KnobLines,
  PortfolioView,
  SweepOverview,
  SweepRow,
  SweepView,
  TimelineView,
  WindowQuery,
} from '@fleetfit/sweep';

/** What people can ask of sweeps. A whole view grows with its candidates; a page follows the overview and asks for windows and summaries. */
export interface SweepOperations {
  listSweeps(): Promise<readonly SweepRow[]>;
  watchSweeps(signal: AbortSignal): AsyncIterable<readonly SweepRow[]>;
  showSweep(id: SweepId): Promise<SweepView>;
  watchSweep(id: SweepId, signal: AbortSignal): AsyncIterable<SweepView>;
  startSweep(definition: SweepDefinitionInput): Promise<SweepView>;
  /** What a sweep would take and whether its goal is likely to be met, before it is started. */
  estimateSweep(definition: SweepDefinitionInput): Promise<SweepEstimate>;
  pauseSweep(id: SweepId): Promise<void>;
  resumeSweep(id: SweepId): Promise<void>;
  extendSweep(id: SweepId, by: number): Promise<void>;
  cancelSweep(id: SweepId): Promise<void>;
  /** Replaces the limits of a sweep that is not over: verdicts and the best change at once. */
  limitSweep(id: SweepId, limits: SweepLimits): Promise<void>;
  /** Where the best file of every class is served on this listener: one ONNX file each, with its recipe and conditions beside it. */
  exportsOf(id: SweepId): Promise<readonly ExportView[]>;

  overviewOf(id: SweepId): Promise<SweepOverview>;
  watchOverview(id: SweepId, signal: AbortSignal): AsyncIterable<SweepOverview>;
  candidateWindow(id: SweepId, query: WindowQuery): Promise<CandidateWindow>;
  candidateOf(id: SweepId, candidate: CandidateId): Promise<CandidateView>;
  /** The dominated candidates of every class: marks, or a density where there are too many. */
  crowdOf(id: SweepId, range: ChartRange): Promise<readonly CrowdView[]>;
  knobLinesOf(id: SweepId): Promise<KnobLines>;
  timelineOf(id: SweepId, window: TimelineQuery): Promise<TimelineView>;
  compareCandidates(id: SweepId, candidates: readonly CandidateId[]): Promise<CompareView>;
  /** Undefined while a class has nothing to ship. */
  portfolioOf(id: SweepId): Promise<PortfolioView | undefined>;
  /** The best of every class, and how many rows each filter has, were the limits these. */
  whatIf(id: SweepId, limits: SweepLimits): Promise<Pick<SweepOverview, 'classes' | 'counts' | 'goal'>>;
}

export interface SweepLimits {
  readonly constraints: LimitValues;
  /** By class id. */
  readonly classConstraints: Readonly<Record<string, LimitValues>>;
}

export interface LimitValues {
  readonly accuracyDropPoints?: number | undefined;
  readonly latencyMs?: number | undefined;
  readonly sizeBytes?: number | undefined;
}

export interface TimelineQuery {
  /** The last so many ms; all of it where undefined. */
  readonly lastMs?: number | undefined;
  readonly offset: number;
  readonly classId?: string | undefined;
}

/** What a sweep would take. Times are ms. */
export interface SweepEstimate {
  /** Recipes in the space, or undefined where they were not counted to the end. */
  readonly recipes?: number | undefined;
  /** Candidates that would be tried. */
  readonly candidates: number;
  readonly classes: readonly ClassEstimate[];
  /** Whole time with its interval; undefined where no measurement of this model says how long one takes. */
  readonly time?: { readonly value: number; readonly low: number; readonly high: number } | undefined;
  /** Of the device that would be busy longest. */
  readonly deviceMs?: number | undefined;
  /** What each device fetches in the beginning: the original and its share of the images. */
  readonly bytesPerDevice: number;
  readonly images: number;
  /** What can be chosen for the model, narrowed or not; the first of many. */
  readonly knobs: readonly {
    readonly name: string;
    readonly label: string;
    readonly levels: readonly { readonly name: string; readonly label: string }[];
  }[];
  readonly moreKnobs: number;
  /** The smallest loss of accuracy, in points, that so many images can tell from none, where about one in fifty images changes. */
  readonly tellsPoints: number;
}

export interface ClassEstimate {
  readonly id: string;
  readonly label: string;
  readonly position: number;
  readonly devices: number;
  /** p50 of the original as an earlier sweep measured it, ms. */
  readonly originalMs?: { readonly value: number; readonly low: number; readonly high: number } | undefined;
  /** The best that an earlier sweep of this model found on the class inside the same limit of accuracy: times as fast. */
  readonly foundSpeed?: number | undefined;
  readonly limitMs?: number | undefined;
  readonly outlook: 'met already' | 'likely' | 'possible' | 'unlikely' | 'unknown';
  /** `needs 1.9×; an earlier sweep found 2.3×` */
  readonly why: string;
}

export interface ExportView {
  readonly classId: string;
  readonly classLabel: string;
  readonly candidate: string;
  readonly fileName: string;
  /** Path on the operator listener. */
  readonly path: string;
  /** Recipe, figures and conditions as JSON, on the same listener. */
  readonly aboutPath: string;
  readonly bytes: number;
}
