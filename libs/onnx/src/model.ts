import type { ElementType as RuntimeElementType } from '@fleetfit/runtime';

/**
 * A decoded ONNX model (https://github.com/onnx/onnx/blob/main/docs/IR.md) as immutable data.
 * Weights are views into the bytes that were decoded: nothing is copied. Fields that we do not know ride along in `unknown`.
 */
export interface Model {
  readonly irVersion: number;
  /** Version by domain; the default domain is ''. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly graph: Graph;
  readonly producer: { readonly name: string; readonly version: string };
  readonly metadata: ReadonlyMap<string, string>;
  /** Wire bytes of every field of ModelProto that is not listed above (functions, training info, docs, future fields). */
  readonly unknown: Uint8Array;
}

export interface Graph {
  readonly name: string;
  /** In the order of the file, which is topological in a valid model. */
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Constant>;
  /** Graph inputs, those that are also initializers included (IR version 3 lists them as both). */
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** Types the file states for values in between. */
  readonly values: ReadonlyMap<string, Value>;
  readonly unknown: Uint8Array;
}

export interface Node {
  /** As in the file; may be empty or repeated. */
  readonly name: string;
  readonly op: string;
  readonly domain: string;
  /** '' stands for an optional input that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly unknown: Uint8Array;
}

export type Attribute = AttributeValue & {
  /** Wire bytes of the fields beside the value (documentation); absent where there are none. */
  readonly unknown?: Uint8Array;
};

type AttributeValue =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: number | bigint }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'tensor'; readonly value: Constant }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'ints'; readonly value: readonly (number | bigint)[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  /** Subgraphs, sparse tensors, references and anything newer pass through as the wire bytes of the AttributeProto. */
  | { readonly kind: 'opaque'; readonly type: number; readonly value: Uint8Array };

/** Element types of initializers: those of the runtime, and those that only storage knows. */
export type ElementType =
  | RuntimeElementType
  | 'bfloat16'
  | 'float8e4m3fn'
  | 'float8e4m3fnuz'
  | 'float8e5m2'
  | 'float8e5m2fnuz'
  | 'int4'
  | 'uint4'
  | 'complex64'
  | 'complex128'
  | 'undefined'
  | 'other';

/** An initializer, or the tensor of an attribute. */
export interface Constant {
  readonly name: string;
  readonly type: ElementType;
  /** The number of TensorProto.DataType, kept so that types we do not know pass through. */
  readonly typeCode: number;
  readonly dims: readonly number[];
  readonly data: ConstantData;
  readonly unknown: Uint8Array;
}

export type ConstantData =
  /** Little-endian elements; int4 packed two a byte. A view: copy before writing, and it may be unaligned. */
  | { readonly kind: 'raw'; readonly bytes: Uint8Array }
  /** In another file: the location as the graph writes it. */
  | { readonly kind: 'external'; readonly location: string; readonly offset: number; readonly length: number | undefined }
  | { readonly kind: 'strings'; readonly values: readonly Uint8Array[] };

/** Name, type and shape of a value; `dims` undefined where the file does not say. Sequences, maps and optionals are `opaque`. */
export interface Value {
  readonly name: string;
  readonly type: ElementType;
  readonly dims: readonly (number | string | undefined)[] | undefined;
  /** Wire bytes of the ValueInfoProto, written back as they are while the value is unchanged. */
  readonly wire: Uint8Array | undefined;
}
