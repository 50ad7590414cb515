/** Element types of tensors as ONNX names them. Half floats travel as their 16 raw bits. */
export type ElementType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool'
  | 'string';

export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | readonly string[];

/** A dense tensor, row-major. `float16` is a Uint16Array, `bool` a Uint8Array of 0 and 1. */
export interface Tensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  /** A string stands for a dimension that is free: `batch`. */
  readonly dims: readonly (number | string)[];
}

/** A model as bytes: the graph, and the tensors it names by location. */
export interface ModelFiles {
  readonly graph: Uint8Array;
  /** Location as written in the graph, and its bytes. Empty for a model in one piece. */
  readonly externalData: ReadonlyMap<string, Uint8Array>;
}

export interface OpenOptions {
  /** As the runtime calls it: `cpu`, `wasm`, `webgpu`. */
  readonly provider: string;
  readonly threads: number;
  /** How far the runtime may rewrite the graph. */
  readonly optimization: 'all' | 'extended' | 'basic' | 'disabled';
  readonly signal?: AbortSignal;
}

export interface Session {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Runs once. `wanted` limits which outputs are fetched; default all. */
  run(feeds: Readonly<Record<string, Tensor>>, wanted?: readonly string[]): Promise<Readonly<Record<string, Tensor>>>;
  close(): Promise<void>;
}

export interface RuntimeFacts {
  /** `onnxruntime-node` or `onnxruntime-web`. */
  readonly name: string;
  readonly version: string;
  readonly providers: readonly string[];
}

/**
 * Opens and runs models. Everything below the adapters that needs a graph to run takes this port:
 * calibration, training, measurement.
 */
export interface Runtime {
  readonly facts: RuntimeFacts;
  /** @throws FleetError `unsupported` when the runtime refuses the model, with the runtime's own words */
  open(model: ModelFiles, options: OpenOptions): Promise<Session>;
  /** The graph as the runtime rewrites it before it runs, as ONNX bytes; undefined where the runtime cannot tell. */
  optimized(model: ModelFiles, options: OpenOptions): Promise<Uint8Array | undefined>;
}
