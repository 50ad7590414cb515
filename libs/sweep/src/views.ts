import type { CandidateId, DeviceClassId, DeviceId, Estimate, MetricName, SweepId } from '@fleetfit/core';
import type { Constraints } from '@fleetfit/space';

/** What people see of a sweep: plain data, made from its state and the ledger. Times are milliseconds since the epoch. */
export interface SweepView {
  readonly id: SweepId;
  /** Counts up over all sweeps of a coordinator: `sweep 3`. */
  readonly number: number;
  readonly name: string;
  readonly state: SweepStateName;
  /** Why it failed, or what it waits for. */
  readonly why?: string | undefined;
  /** What is wanted, in one sentence. */
  readonly goal: string;
  readonly model: { readonly id: string; readonly name: string };
  readonly dataset: { readonly id: string; readonly name: string };
  readonly sampler: string;
  readonly objectives: readonly MetricName[];
  /** Validation images a candidate is judged on. */
  readonly images: number;
  readonly classes: readonly ClassView[];
  readonly progress: ProgressView;
  readonly candidates: readonly CandidateView[];
  readonly log: readonly LogLine[];
}

export type SweepStateName = 'preparing' | 'running' | 'paused' | 'judging' | 'done' | 'cancelled' | 'failed';

export interface ClassView {
  readonly id: DeviceClassId;
  readonly label: string;
  /** Order of first appearance in the fleet, from 0: decides shape and colour, the same on every screen. */
  readonly position: number;
  readonly devices: number;
  readonly limits: Constraints;
  /** Candidates that no other beats on this class, and the one to ship; best latency first. The original may be one of them. */
  readonly front: readonly CandidateId[];
  readonly best?: BestView | undefined;
}

export interface BestView {
  readonly candidate: CandidateId;
  /** `Ship c004: 2.5 times as fast as the original and half a point less accurate; inside every limit.` */
  readonly sentence: string;
  /** What the measurement leaves open, also said in the sentence; undefined where every limit is sure to hold. */
  readonly doubt?: string | undefined;
  /** On the test split, looked at once, after the sweep. */
  readonly test?: { readonly accuracy: Estimate; readonly change: Change } | undefined;
}

export interface ProgressView {
  /** Candidates in the budget, the original not counted. */
  readonly total: number;
  readonly measured: number;
  readonly refused: number;
  readonly failed: number;
  readonly measuring: number;
  readonly compressing: number;
  readonly toCome: number;
  readonly startedAt: number;
  readonly endedAt?: number | undefined;
  /** Time left, ms, with an 80 % interval; undefined until there is something to go by. */
  readonly left?: { readonly value: number; readonly low: number; readonly high: number } | undefined;
}

/** A difference with its 95 % interval. */
export interface Change {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface CandidateView {
  readonly id: CandidateId;
  readonly isOriginal: boolean;
  readonly recipe: string;
  /** The recipe for people. */
  readonly sentence: string;
  readonly state: 'waiting' | 'compressing' | 'measuring' | 'measured' | 'refused' | 'failed';
  /** Why it was refused or failed. */
  readonly why?: string | undefined;
  /** Stored bytes, everything needed to run it. */
  readonly bytes?: number | undefined;
  readonly classes: readonly CandidateOnClass[];
  /** What the passes changed and refused, in order. */
  readonly history: readonly { readonly kind: 'changed' | 'refused'; readonly layer: string; readonly what: string }[];
}

export interface CandidateOnClass {
  readonly id: DeviceClassId;
  readonly state: 'waiting' | 'measuring' | 'measured' | 'failed';
  readonly why?: string | undefined;
  /** p50 of one image, ms, with its 95 % interval. */
  readonly latencyMs?: Estimate | undefined;
  /** How many times as fast as the original on the same device: above 1 is faster. */
  readonly speed?: Change | undefined;
  /** Fraction right on validation images. */
  readonly accuracy?: Estimate | undefined;
  /** Against the original on the same images, in points (1 = one percentage point). */
  readonly accuracyChange?: Change | undefined;
  readonly memoryBytes?: number | undefined;
  readonly onFront: boolean;
  readonly withinLimits?: 'yes' | 'no' | 'unclear' | undefined;
  /** `faster`, `slower`, `no difference` or `undecided`: from the interval of the speed. */
  readonly verdict?: 'faster' | 'slower' | 'no difference' | 'undecided' | undefined;
}

export interface LogLine {
  readonly at: number;
  readonly text: string;
}

/** What people see of a device. */
export interface DeviceView {
  readonly id: DeviceId;
  readonly name: string;
  readonly classId: DeviceClassId;
  readonly classLabel: string;
  readonly position: number;
  readonly state: 'pending' | 'active' | 'revoked';
  readonly online: boolean;
  readonly lastSeenAt?: number | undefined;
  /** Two words that the device shows too. */
  readonly words: string;
  readonly doing: DoingView;
  /** Given by people, sorted. */
  readonly tags: readonly string[];
  /** Paused by an operator: it gets no work; what it has in hand it finishes. */
  readonly paused: boolean;
  readonly joinedAt: number;
  /** What it said of itself last; undefined for a device that tells nothing. */
  readonly health?: DeviceHealthView | undefined;
  /** Its last reports, newest first, at most five. */
  readonly reports: readonly DeviceReportView[];
  readonly facts: {
    readonly cpu: string;
    readonly os: string;
    readonly arch: string;
    readonly threads: number;
    /** Whether a page has its threads and fine timers (cross-origin isolated); true outside of browsers. */
    readonly isolated: boolean;
    /** `node` or `web`. */
    readonly runtime: string;
    readonly runtimeVersion: string;
    readonly provider: string;
    readonly memoryBytes: number;
  };
  /** Jobs it has measured since it joined. */
  readonly measured: number;
}

/** How a device is, as far as it can tell: browsers tell little. */
export interface DeviceHealthView {
  /** When it said so, ms since the epoch. */
  readonly at: number;
  /** 0 to 1. */
  readonly battery?: number | undefined;
  readonly charging?: boolean | undefined;
  readonly thermal?: 'nominal' | 'fair' | 'serious' | 'critical' | undefined;
  /** Its page is not in view. */
  readonly hidden: boolean;
  readonly metered: boolean;
  /** How much slower the original ran in its last measurement than in the median of those before: 0.08 is 8 % slower. */
  readonly drift?: number | undefined;
}

export interface DeviceReportView {
  readonly at: number;
  readonly sweep: SweepId;
  readonly candidate: CandidateId;
  readonly result: 'measured' | 'crashed' | 'failed';
  /** `12.3 ms`, or why there is no figure. */
  readonly what: string;
}

export type DoingView =
  | { readonly kind: 'measuring'; readonly sweep: SweepId; readonly candidate: CandidateId; readonly phase: string; readonly done: number }
  /** `host busy: another device measures`, `no work`, `waiting for approval`, `offline since ...` */
  | { readonly kind: 'idle'; readonly why: string };

/** A row of the list of sweeps. */
export interface SweepRow {
  readonly id: SweepId;
  readonly number: number;
  readonly name: string;
  readonly state: SweepStateName;
  readonly model: string;
  readonly dataset: string;
  readonly done: number;
  readonly total: number;
  readonly startedAt: number;
  readonly endedAt?: number | undefined;
}
