import type { DatasetId, ModelId } from '@fleetfit/core';
import type { AdaptSettings, EpochFigure } from '@fleetfit/space';

/** Models and datasets: the part of the port behind the router that is about what people bring. */
export interface LibraryOperations {
  /** Without the layers, which `showModel` has. */
  listModels(): Promise<readonly ModelView[]>;
  showModel(id: ModelId): Promise<ModelView>;
  /** Starts the import and returns at once; watch it with `watchModel`. */
  addModel(model: {
    readonly path: string;
    readonly name?: string | undefined;
    readonly sidecarPath?: string | undefined;
    readonly dataset?: DatasetId | undefined;
  }): Promise<ModelView>;
  /** The same for files that were sent to the operator listener; a sidecar lies beside its model. */
  addUploadedModel(model: {
    readonly upload: string;
    readonly name?: string | undefined;
    /** It need not be ready yet: the doctor waits for it. */
    readonly dataset?: DatasetId | undefined;
  }): Promise<ModelView>;
  watchModel(id: ModelId, signal: AbortSignal): AsyncIterable<ModelView>;
  /** Has the intake doctor try the usual ways to prepare images on those of a dataset; what it finds best is used from then on. */
  examineModel(id: ModelId, dataset: DatasetId): Promise<void>;
  /** Takes another of the ways that the doctor tried. Sweeps that run keep theirs. */
  prepareModelAs(id: ModelId, finding: number): Promise<void>;
  /** Adapts a model to the classes of a dataset, as a new model: starts the training and returns at once; watch it with `watchModel`. */
  adaptModel(adaptation: {
    readonly id: ModelId;
    readonly dataset: DatasetId;
    readonly name?: string | undefined;
    readonly settings: AdaptSettings;
  }): Promise<ModelView>;
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
  addUploadedDataset(dataset: { readonly upload: string; readonly name?: string | undefined }): Promise<DatasetView>;
  watchDataset(id: DatasetId, signal: AbortSignal): AsyncIterable<DatasetView>;
  /** Images of a split, in the order in which they are taken. */
  samplesOf(
    id: DatasetId,
    page: { readonly split: SplitName; readonly label?: number | undefined; readonly from: number; readonly count: number },
  ): Promise<SamplesView>;
}

/** State of something that a compressor imports. */
export type ImportState =
  | { readonly kind: 'importing'; readonly done: number; readonly what: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly why: string; readonly next: string };

interface ValueView {
  readonly name: string;
  readonly type: string;
  readonly dims: readonly (number | string)[];
}

export interface ModelView {
  readonly id: ModelId;
  readonly name: string;
  readonly addedAt: number;
  readonly state: ImportState;
  readonly bytes?: number | undefined;
  readonly parameters?: number | undefined;
  /** Multiply-accumulates for one image; undefined where a shape is not known. */
  readonly macs?: number | undefined;
  readonly opset?: number | undefined;
  readonly inputs: readonly ValueView[];
  readonly outputs: readonly ValueView[];
  /** Operators and how often each occurs, most frequent first. */
  readonly operators: readonly { readonly op: string; readonly count: number }[];
  /** Layers with weights, in order. */
  readonly layers: readonly LayerView[];
  /** The largest tensor between two nodes, for one image. */
  readonly largestActivation?: { readonly node: string; readonly bytes: number } | undefined;
  /** The sidecar in use: task, preprocessing. JSON; undefined until it is known. */
  readonly sidecar?: unknown;
  /** What the intake doctor tried, best first; empty where the sidecar was given. */
  readonly findings: readonly FindingView[];
  /** Which of the findings is in use; undefined for a sidecar that was given. */
  readonly prepared?: number | undefined;
  /** Where the doctor had its images, when it was done, and how long it took, ms. */
  readonly examined?: { readonly dataset: string; readonly at: number; readonly tookMs: number } | undefined;
  readonly warnings: readonly string[];
  readonly evaluations: readonly EvaluationView[];
  /** Of a model that was adapted from another: how it was trained. */
  readonly training?: TrainingView | undefined;
}

/** How a model was adapted. */
export interface TrainingView {
  readonly from: ModelId;
  readonly dataset: DatasetId;
  readonly settings: AdaptSettings;
  /** Loss and accuracy of every epoch; empty until it is over. */
  readonly figures: readonly EpochFigure[];
}

export interface LayerView {
  readonly id: string;
  readonly op: string;
  readonly depthwise: boolean;
  /** Of its output. */
  readonly shape?: readonly number[] | undefined;
  readonly macs?: number | undefined;
  readonly parameters: number;
  readonly bytes: number;
}

/** How well one way to prepare images did. */
export interface FindingView {
  readonly what: string;
  readonly accuracy: number;
  readonly images: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  /** Accuracy minus that of the best, on the same images; absent for the best. */
  readonly againstBest?: { readonly value: number; readonly low: number; readonly high: number } | undefined;
  /** JSON. */
  readonly sidecar?: unknown;
}

export type SplitName = 'training' | 'calibration' | 'validation' | 'test';

/** How many images of a split the original has right. */
export interface EvaluationView {
  readonly dataset: string;
  readonly split: SplitName | 'all';
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
  readonly splits?: Readonly<Record<SplitName, number>> | undefined;
  /** Images of each label, in their order. */
  readonly imagesByClass: readonly number[];
  readonly bytes?: number | undefined;
  /** `folder`, `csv`, `mnist`, `cifar`. */
  readonly format?: string | undefined;
  /** `files`, or the size of raw pixels: `32x32x3`. */
  readonly encoding?: string | undefined;
  readonly seed?: number | undefined;
}

export interface SamplesView {
  /** Images of this split and label. */
  readonly total: number;
  readonly images: readonly SampleView[];
}

export interface SampleView {
  /** Its number in the dataset: names its picture. */
  readonly n: number;
  readonly name: string;
  readonly label: number;
}
