import type { AttemptId, CandidateId, DatasetId, DeviceClassId, DeviceId, JobId, ModelId } from '@fleetfit/core';
import type { Artifact, Blob, ImagePack, Preparation } from '@fleetfit/protocol';
import type { Snapshot } from '@fleetfit/search';
import type { Constraints, Space, SweepDefinition } from '@fleetfit/space';
import type { Change } from './views.ts';

export type Split = 'calibration' | 'validation' | 'test';

/** All that a sweep is made of, fixed when it opens: a later change of the model or the fleet does not reach into it. */
export interface SweepSetup {
  readonly definition: SweepDefinition;
  readonly name: string;
  readonly model: {
    readonly id: ModelId;
    readonly name: string;
    readonly artifact: Artifact;
    readonly bytes: number;
    readonly preparation: Preparation;
    /** The resizing part of its sidecar, as JSON. */
    readonly geometryJson: string;
  };
  readonly dataset: {
    readonly id: DatasetId;
    readonly name: string;
    readonly index: Blob;
    readonly images: Readonly<Record<Split, number>>;
  };
  readonly classes: readonly SweepClass[];
  readonly space: Space;
}

export interface SweepClass {
  readonly id: DeviceClassId;
  readonly label: string;
  readonly position: number;
  /** Active devices when the sweep opened: the images of a candidate are split over at most as many. */
  readonly devices: number;
}

/** What one attempt found, as far as the sweep uses it. The whole report stays in the ledger. */
export interface Figures {
  readonly p50Ms: Change;
  readonly p90Ms: Change;
  readonly p95Ms: Change;
  readonly controlP50Ms: number;
  /** Candidate over original: below 1 is faster. */
  readonly ratio: Change;
  readonly loadMs: number;
  readonly firstRunMs: number;
  /** 0 where unknown. */
  readonly memoryBytes: number;
  /** One character an image of the share, in order: 1 right, 0 wrong. */
  readonly top1: string;
  readonly top5: string;
  readonly blocks: number;
}

/** One share of a candidate on a class. */
export interface Share {
  readonly candidate: CandidateId;
  readonly classId: DeviceClassId;
  readonly share: number;
  readonly jobId: JobId;
}

export interface AskedCandidate {
  readonly candidate: CandidateId;
  /** As text. */
  readonly recipe: string;
  readonly sentence: string;
}

export interface HistoryLine {
  readonly kind: 'changed' | 'refused';
  readonly layer: string;
  readonly what: string;
}

/** The limits of a sweep, and those of single classes by id, which stand over them. */
export interface Limits {
  readonly constraints: Constraints;
  readonly classConstraints: Readonly<Record<string, Constraints>>;
}

/**
 * What has happened to a sweep, in order. Stored, never changed: a coordinator that restarts folds them and goes on.
 * What a sampler was asked and answered is an event too, so that a newer sampler or another CPU never breaks a resumed sweep.
 */
export type SweepEvent = { readonly at: number } & (
  | { readonly kind: 'opened'; readonly setup: SweepSetup }
  | { readonly kind: 'prepared'; readonly split: Split; readonly packs: readonly ImagePack[]; readonly labels: readonly number[] }
  | {
      readonly kind: 'asked';
      readonly asked: readonly AskedCandidate[];
      readonly snapshot: Snapshot | undefined;
      readonly exhausted: boolean;
    }
  | {
      readonly kind: 'compressed';
      readonly candidate: CandidateId;
      readonly artifact: Artifact;
      readonly bytes: number;
      readonly sentence: string;
      readonly history: readonly HistoryLine[];
    }
  | { readonly kind: 'refused'; readonly candidate: CandidateId; readonly why: string }
  | { readonly kind: 'broken'; readonly candidate: CandidateId; readonly why: string }
  | ({ readonly kind: 'measured'; readonly attemptId: AttemptId; readonly deviceId: DeviceId; readonly figures: Figures } & Share)
  | ({ readonly kind: 'unmeasured'; readonly why: string } & Share)
  | ({ readonly kind: 'judged'; readonly attemptId: AttemptId; readonly deviceId: DeviceId; readonly figures: Figures } & Share)
  | ({ readonly kind: 'unjudged'; readonly why: string } & Share)
  | { readonly kind: 'paused' }
  | { readonly kind: 'resumed' }
  | { readonly kind: 'extended'; readonly by: number }
  | ({ readonly kind: 'limited' } & Limits)
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'finished' }
);

export type EventOf<Kind extends SweepEvent['kind']> = Extract<SweepEvent, { kind: Kind }>;
