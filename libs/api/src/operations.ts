import type { DatasetId, DeviceId, ModelId, SweepId } from '@fleetfit/core';
import type { SweepDefinitionInput } from '@fleetfit/space';
import type { DeviceView, SweepRow, SweepView } from '@fleetfit/sweep';

/** What the coordinator can do for people: the port behind the router. Streams end when the signal does; each item is a whole view. */
export interface Operations {
  health(): Promise<Health>;
  listDevices(): Promise<readonly DeviceView[]>;
  watchDevices(signal: AbortSignal): AsyncIterable<readonly DeviceView[]>;
  /** A one-off link for `uses` devices; it ends after `minutes`. */
  inviteDevice(invitation: Invitation): Promise<Invited>;
  approveDevice(id: DeviceId): Promise<void>;
  revokeDevice(id: DeviceId): Promise<void>;
  renameDevice(id: DeviceId, name: string): Promise<void>;

  listModels(): Promise<readonly ModelView[]>;
  showModel(id: ModelId): Promise<ModelView>;
  /** Starts the import and returns at once; watch it with `watchModel`. */
  addModel(model: {
    readonly path: string;
    readonly name?: string | undefined;
    readonly sidecarPath?: string | undefined;
    readonly dataset?: DatasetId | undefined;
  }): Promise<ModelView>;
  watchModel(id: ModelId, signal: AbortSignal): AsyncIterable<ModelView>;
  /** Has the original run on every image of a split; the figure appears in the model's view. */
  evaluateModel(id: ModelId, on: { readonly dataset: DatasetId; readonly split: EvaluationView['split'] }): Promise<void>;

  listDatasets(): Promise<readonly DatasetView[]>;
  addDataset(dataset: {
    readonly path: string;
    readonly name?: string | undefined;
    readonly format?: string | undefined;
    readonly seed?: number | undefined;
    /** Of training, calibration, validation and test, summing to 1. */
    readonly shares?: readonly number[] | undefined;
  }): Promise<DatasetView>;
  watchDataset(id: DatasetId, signal: AbortSignal): AsyncIterable<DatasetView>;

  listSweeps(): Promise<readonly SweepRow[]>;
  watchSweeps(signal: AbortSignal): AsyncIterable<readonly SweepRow[]>;
  showSweep(id: SweepId): Promise<SweepView>;
  watchSweep(id: SweepId, signal: AbortSignal): AsyncIterable<SweepView>;
  startSweep(definition: SweepDefinitionInput): Promise<SweepView>;
  pauseSweep(id: SweepId): Promise<void>;
  resumeSweep(id: SweepId): Promise<void>;
  extendSweep(id: SweepId, by: number): Promise<void>;
  cancelSweep(id: SweepId): Promise<void>;
  /** Where the best file of every class is served on this listener: one ONNX file each, with its recipe and conditions beside it. */
  exportsOf(id: SweepId): Promise<readonly ExportView[]>;
}

export interface Health {
  readonly version: string;
  readonly startedAt: number;
  /** `PGlite in ~/.fleetfit/db` or `PostgreSQL`. */
  readonly store: string;
  readonly natsVersion: string;
  readonly compressors: number;
}

export interface Invitation {
  readonly uses: number;
  readonly minutes: number;
  readonly autoApprove: boolean;
}

export interface Invited {
  /** For `fleetfit join`. */
  readonly link: string;
  readonly expiresAt: number;
}

/** State of something that a compressor imports. */
export type ImportState =
  | { readonly kind: 'importing'; readonly done: number; readonly what: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly why: string; readonly next: string };

export interface ModelView {
  readonly id: ModelId;
  readonly name: string;
  readonly addedAt: number;
  readonly state: ImportState;
  readonly bytes?: number | undefined;
  readonly parameters?: number | undefined;
  readonly opset?: number | undefined;
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly dims: readonly (number | string)[] }[];
  readonly outputs: readonly { readonly name: string; readonly type: string; readonly dims: readonly (number | string)[] }[];
  /** Operators and how often each occurs, most frequent first. */
  readonly operators: readonly { readonly op: string; readonly count: number }[];
  /** The sidecar in use: task, preprocessing. JSON; undefined until it is known. */
  readonly sidecar?: unknown;
  /** What the intake doctor tried, best first; empty where the sidecar was given. */
  readonly findings: readonly { readonly what: string; readonly accuracy: number; readonly images: number }[];
  readonly warnings: readonly string[];
  readonly evaluations: readonly EvaluationView[];
}

/** How many images of a split the original has right. */
export interface EvaluationView {
  readonly dataset: string;
  readonly split: 'training' | 'calibration' | 'validation' | 'test' | 'all';
  readonly images: number;
  readonly top1: number;
  readonly top5: number;
  /** Why there is no figure. */
  readonly why?: string | undefined;
}

export interface DatasetView {
  readonly id: DatasetId;
  readonly name: string;
  readonly addedAt: number;
  readonly state: ImportState;
  readonly classes: readonly string[];
  readonly images: number;
  readonly splits?:
    | { readonly training: number; readonly calibration: number; readonly validation: number; readonly test: number }
    | undefined;
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
