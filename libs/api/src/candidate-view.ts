import type { CandidateId, SweepId } from '@fleetfit/core';
import type { CandidateOnClass, CandidateView, Change, LatencyBin, SweepStateName } from '@fleetfit/sweep';
import type { LayerView, SampleView } from './library.ts';

/** A candidate whole: what no list has room for. */
export interface CandidateOperations {
  candidateDetail(sweep: SweepId, candidate: CandidateId): Promise<CandidateDetailView>;
}

export interface CandidateDetailView {
  readonly sweep: { readonly id: SweepId; readonly name: string; readonly number: number; readonly state: SweepStateName };
  readonly model: { readonly id: string; readonly name: string };
  readonly dataset: { readonly id: string; readonly name: string; readonly labels: readonly string[] };
  readonly candidate: CandidateView;
  readonly originalBytes: number;
  /** Its neighbours in the order in which they were asked for. */
  readonly previous?: CandidateId | undefined;
  readonly next?: CandidateId | undefined;
  /** The recipe, step by step. */
  readonly steps: readonly RecipeStepView[];
  readonly layers: readonly LayerChangeView[];
  /** What equal files depend on: JSON; undefined where it was not recorded. */
  readonly conditions?: unknown;
  readonly classes: readonly CandidateEvidence[];
  /** Path of its file on this listener; undefined where it was never made. */
  readonly filePath?: string | undefined;
  readonly aboutPath: string;
}

export interface RecipeStepView {
  readonly recipe: string;
  readonly sentence: string;
  /** What it changed and refused, layer by layer. */
  readonly history: readonly { readonly kind: 'changed' | 'refused'; readonly layer: string; readonly what: string }[];
}

/** A layer of the original, and the layers of the candidate that stand for it; none where nobody recorded it, or it was folded away. */
export interface LayerChangeView {
  readonly original: LayerView & { readonly bits: number };
  readonly now: readonly (LayerView & { readonly bits: number })[];
}

/** What was found of a candidate on a class. */
export interface CandidateEvidence {
  readonly id: string;
  readonly label: string;
  readonly position: number;
  readonly limits: { readonly latencyMs?: number | undefined; readonly accuracyDropPoints?: number | undefined };
  readonly isBest: boolean;
  readonly on: CandidateOnClass;
  readonly originalMs?: number | undefined;
  readonly devices: readonly DeviceLatencyView[];
  /** Beside the original, on the same images; undefined where nothing was answered. */
  readonly answers?: AnswersView | undefined;
}

export interface DeviceLatencyView {
  readonly device: string;
  readonly name: string;
  readonly p50Ms: Change;
  readonly p95Ms: Change;
  readonly controlMs: number;
  readonly runs: number;
  readonly loadMs: number;
  readonly firstRunMs: number;
  readonly bins: readonly LatencyBin[];
  readonly notes: readonly string[];
}

export interface AnswersView {
  readonly images: number;
  readonly lost: number;
  readonly won: number;
  readonly labels: readonly { readonly label: number; readonly images: number; readonly original: number; readonly candidate: number }[];
  /** Images that the original has right and the candidate has not; the first of them. */
  readonly mistakes: readonly MistakeView[];
}

export interface MistakeView extends SampleView {
  readonly original: number;
  readonly candidate: number;
  /** Where the label stands among the candidate's best classes, from 1. */
  readonly place?: number | undefined;
}
