import { FleetError } from '@fleetfit/core';
import { type Constant, countOf, floatsOf } from '@fleetfit/onnx';
import type { Dims, Tape } from './tape.ts';

/** Many tensors as one vector: which tensor lies where. Training passes its whole state as a few such vectors. */
export interface FlatState {
  readonly pieces: readonly { readonly name: string; readonly dims: Dims; readonly offset: number; readonly count: number }[];
  readonly length: number;
}

/** Lays out initializers one after another, in the order given. @throws FleetError `unsupported` for one that is not float32 */
export function layOut(constants: readonly Constant[]): FlatState {
  let offset = 0;
  const pieces = constants.map(({ name, type, dims }) => {
    if (type !== 'float32') throw new FleetError('unsupported', `Cannot train "${name}": it is ${type}, not float32`);
    const count = countOf(dims);
    offset += count;
    return { name, dims, offset: offset - count, count };
  });
  return { pieces, length: offset };
}

/** The numbers of the initializers as one vector. */
export function gather(state: FlatState, constants: ReadonlyMap<string, Constant>): Float32Array {
  const out = new Float32Array(state.length);
  for (const { name, offset } of state.pieces) {
    const constant = constants.get(name);
    if (!constant) throw new FleetError('bug', `Cannot gather "${name}": the model has no such initializer`);
    out.set(floatsOf(constant), offset);
  }
  return out;
}

/** Writes the nodes that make every tensor, under its own name, from the vector. */
export function unpack(tape: Tape, state: FlatState, vector: string): void {
  if (state.pieces.length === 0) return;
  const sizes = tape.ints(state.pieces.map(({ count }) => count));
  const parts = tape.emitMany('Split', [vector, sizes], { count: state.pieces.length, attributes: { axis: 0 } });
  state.pieces.forEach(({ name, dims }, i) => {
    tape.add({ op: 'Reshape', inputs: [parts[i] ?? '', tape.ints(dims)], outputs: [name] });
    tape.setDims(name, dims);
  });
}

/** Writes the nodes that lay tensors (one for each piece, in order) into one vector. */
export function pack(tape: Tape, values: readonly string[]): string {
  const flat = values.map((value) => tape.emit('Reshape', [value, tape.ints([-1])]));
  return tape.emit('Concat', flat, { axis: 0 });
}
