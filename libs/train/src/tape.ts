import { FleetError } from '@fleetfit/core';
import { type Constant, constantOf, floatsOf, intsOf, type NewNode } from '@fleetfit/onnx';

export type Dims = readonly number[];

/** Nodes of the graph that is being written, with the shape of every value. Rules write to it; nothing is read back. */
export interface Tape {
  /** Adds a node with one output and returns the name of that output. */
  emit(op: string, inputs: readonly string[], attributes?: NewNode['attributes']): string;
  /** Adds a node with `count` outputs. */
  emitMany(
    op: string,
    inputs: readonly string[],
    options: { readonly count: number; readonly attributes?: NewNode['attributes'] },
  ): string[];
  /** Adds a node under the names it already has. */
  add(node: NewNode): void;
  /** An int64 list: a shape, axes, sizes. Equal lists are one constant. */
  ints(values: readonly number[]): string;
  /** A float32 number without dimensions. */
  scalar(value: number): string;
  constant(constant: Constant): void;
  /** A float32 matrix of which only some numbers are not 0. Equal matrices are one constant. */
  matrix(rows: number, columns: number, fill: (write: (at: number, value: number) => void) => void): string;
  /** The numbers of a constant; undefined for a value that changes from step to step. */
  numbers(value: string): readonly number[] | undefined;
  /** @throws FleetError `bug` when nobody has told the shape of this value */
  dims(value: string): Dims;
  setDims(value: string, dims: Dims): void;
  readonly nodes: readonly NewNode[];
  readonly constants: readonly Constant[];
}

/** Ops that we use from onnxruntime's own domain. */
const CONTRIBUTED = new Set(['FusedMatMul']);

export function newTape(): Tape {
  const nodes: NewNode[] = [];
  const constants = new Map<string, Constant>();
  const shapes = new Map<string, Dims>();
  const matrices = new Map<string, string>();
  let made = 0;
  const emitMany: Tape['emitMany'] = (op, inputs, { count, attributes }) => {
    // A colon cannot clash with the values of a model that was written by hand or by an exporter.
    const outputs = Array.from({ length: count }, () => `train:${made++}`);
    const domain = CONTRIBUTED.has(op) ? { domain: 'com.microsoft' } : {};
    nodes.push({ op, inputs, outputs, ...domain, ...(attributes ? { attributes } : {}) });
    return outputs;
  };
  const constant = (value: Constant): void => {
    constants.set(value.name, value);
    shapes.set(value.name, value.dims);
  };
  const once = (name: string, make: () => Constant): string => {
    if (!constants.has(name)) constant(make());
    return name;
  };
  return {
    emit: (op, inputs, attributes) => emitMany(op, inputs, { count: 1, ...(attributes ? { attributes } : {}) })[0] ?? '',
    emitMany,
    add: (node) => {
      nodes.push(node);
    },
    ints: (values) => {
      const name = `train:ints ${values.join(' ')}`;
      return once(name, () => constantOf(name, [values.length], BigInt64Array.from(values, BigInt)));
    },
    scalar: (value) => {
      const name = `train:scalar ${value}`;
      return once(name, () => constantOf(name, [], Float32Array.of(value)));
    },
    constant,
    matrix: (rows, columns, fill) => {
      const data = new Float32Array(rows * columns);
      fill((at, value) => {
        data[at] = (data[at] ?? 0) + value;
      });
      const name = `train:matrix ${rows}x${columns} ${data.join(' ')}`;
      const known = matrices.get(name) ?? `train:matrix ${matrices.size}`;
      matrices.set(name, known);
      return once(known, () => constantOf(known, [rows, columns], data));
    },
    numbers: (value) => {
      const known = constants.get(value);
      if (!known) return undefined;
      return known.type === 'float32' ? [...floatsOf(known)] : intsOf(known).map(Number);
    },
    dims: (value) => {
      const dims = shapes.get(value);
      if (!dims) throw new FleetError('bug', `Cannot differentiate: the shape of "${value}" is not known`);
      return dims;
    },
    setDims: (value, dims) => {
      shapes.set(value, dims);
    },
    get nodes() {
      return nodes;
    },
    get constants() {
      return [...constants.values()];
    },
  };
}
