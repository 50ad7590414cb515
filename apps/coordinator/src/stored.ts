import type { FindingView, LayerView, TrainingView } from '@fleetfit/api';
import { type CandidateId, FleetError } from '@fleetfit/core';
import type { Artifact, Blob, Job, WorkItem } from '@fleetfit/protocol';
import type { FleetSettings, Space } from '@fleetfit/space';
import type { SweepEventRow } from '@fleetfit/store';
import type { Split, SweepEvent } from '@fleetfit/sweep';

/**
 * Documents as our own store keeps them. They were checked when they came in and only this process writes them;
 * here their kind is looked at, so that a document of another version is named and not taken for what it is not.
 */

export interface JobBody {
  readonly job: Job;
  readonly fleet: FleetSettings;
  readonly share: number;
  readonly purpose: 'measure' | 'judge';
}

export const parseJobBody = (document: unknown): JobBody => parsed(document, 'job', ['job', 'fleet', 'share', 'purpose']);

export type WorkOwner =
  | { readonly kind: 'sweep'; readonly sweep: string; readonly split?: Split; readonly candidate?: CandidateId }
  | { readonly kind: 'model'; readonly model: string; readonly dataset?: string | undefined }
  | { readonly kind: 'dataset'; readonly dataset: string }
  /** The accuracy of an original; labels stay here while a compressor answers. */
  | {
      readonly kind: 'evaluation';
      readonly model: string;
      readonly dataset: string;
      readonly split: Evaluation['split'];
      readonly labels?: readonly number[];
    };

export type Task = NonNullable<WorkItem['task']>;

export interface WorkInput {
  readonly owner: WorkOwner;
  readonly task: Task;
}

export const parseWorkInput = (document: unknown): WorkInput => parsed(document, 'work item', ['owner', 'task']);

export interface ModelDocument {
  readonly state: 'importing' | 'examining' | 'ready' | 'failed';
  readonly why?: string;
  readonly next?: string;
  readonly path: string;
  readonly artifact?: Artifact;
  /** Inputs, outputs, operators, parameters ... as the compressor found them. */
  readonly facts?: ModelFacts;
  /** JSON text. */
  readonly sidecar?: string;
  /** As the doctor gave them: each with its sidecar and, since the second version, its interval. */
  readonly findings?: readonly FindingView[];
  /** Which of the findings the sidecar is. */
  readonly prepared?: number;
  /** The dataset that the doctor tries, or waits for, and how often he was asked. */
  readonly examineOn?: string;
  readonly examinations?: number;
  readonly examined?: { readonly dataset: string; readonly at: number; readonly tookMs: number };
  readonly warnings?: readonly string[];
  readonly evaluations?: readonly Evaluation[];
  /** Of a model that was adapted from another. */
  readonly training?: TrainingView;
}

/** How many images of a split an original has right. */
export interface Evaluation {
  readonly dataset: string;
  readonly split: Split | 'training' | 'all';
  readonly images: number;
  readonly top1: number;
  readonly top5: number;
  /** Why there is no figure. */
  readonly why?: string;
}

export interface ModelFacts {
  readonly bytes: number;
  readonly parameters: number;
  readonly opset: number;
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly dims: readonly (number | string)[] }[];
  readonly outputs: readonly { readonly name: string; readonly type: string; readonly dims: readonly (number | string)[] }[];
  readonly operators: readonly { readonly op: string; readonly count: number }[];
  readonly macs?: number;
  readonly weighted?: readonly LayerView[];
  readonly largestActivation?: { readonly node: string; readonly bytes: number };
  /** What can be chosen for this model. */
  readonly space: Space;
}

export const parseModel = (document: unknown): ModelDocument => parsed(document, 'model', ['state', 'path']);

export interface DatasetDocument {
  readonly state: 'importing' | 'ready' | 'failed';
  readonly why?: string;
  readonly next?: string;
  readonly path: string;
  readonly index?: Blob;
  readonly facts?: DatasetFacts;
}

export interface DatasetFacts {
  readonly classes: readonly string[];
  readonly images: number;
  readonly imagesByClass?: readonly number[];
  readonly bytes?: number;
  readonly format?: string;
  readonly encoding?: string;
  readonly seed?: number;
  readonly splits: { readonly training: number; readonly calibration: number; readonly validation: number; readonly test: number };
}

export const parseDataset = (document: unknown): DatasetDocument => parsed(document, 'dataset', ['state', 'path']);

export function parseSweepEvent(row: SweepEventRow): SweepEvent {
  return parsed({ ...(row.body as object), kind: row.kind, at: row.at }, 'event', ['kind', 'at']);
}

function parsed<Document>(document: unknown, what: string, keys: readonly string[]): Document {
  const missing = typeof document === 'object' && document !== null ? keys.find((key) => !(key in document)) : keys[0];
  if (missing !== undefined) throw new FleetError('corrupt', `Cannot read a stored ${what}: "${missing}" is missing`);
  return document as Document;
}
