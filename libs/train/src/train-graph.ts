import { FleetError } from '@fleetfit/core';
import { buildModel, type Constant, constantOf, type Model, type NewValue, type Node, viewOf } from '@fleetfit/onnx';
import { crossEntropy } from './cross-entropy.ts';
import { type FlatState, gather, layOut, pack, unpack } from './flat-state.ts';
import { differentiate, recordForward, statisticsOf } from './reverse-mode.ts';
import { type SgdOptions, sgd } from './sgd.ts';
import { type Dims, newTape, type Tape } from './tape.ts';

export interface TrainGraphOptions extends SgdOptions {
  /** Images in a step; the step graph has this shape and no other. */
  readonly batch: number;
}

/** One training step as one ONNX graph, and the state that goes through it. */
export interface TrainGraph {
  /**
   * Inputs: the model's own input, `targets` [batch, classes], `rate` (a number), `weights`, `velocity`, `statistics`.
   * Outputs: `loss` (a number), `weights_next`, `velocity_next`, `statistics_next`, `gradient`.
   * `statistics` and `statistics_next` are missing where the model has no batch normalization.
   */
  readonly model: Model;
  readonly input: string;
  readonly classes: number;
  readonly weights: FlatState;
  readonly statistics: FlatState;
  readonly initial: { readonly weights: Float32Array; readonly statistics: Float32Array };
}

/**
 * Writes forward, loss, backward and optimizer of a classifier as one graph. Every float32 initializer is trained but the
 * running statistics of batch normalization, which follow the batches. A Softmax at the end is left out: the loss has its own.
 * @throws FleetError `unsupported` before anything runs, naming every node that has no gradient rule
 */
export function trainGraph(model: Model, options: TrainGraphOptions): TrainGraph {
  const { input, logits, nodes } = classifierOf(model);
  const tape = newTape();
  const inputDims = inputDimsOf(model, input, options.batch);
  tape.setDims(input, inputDims);
  const state = splitState(model, nodes);
  for (const constant of state.fixed) tape.constant(constant);
  unpack(tape, state.weights, 'weights');
  unpack(tape, state.statistics, 'statistics');
  const tracked = new Map<string, Tracked>();
  const recorded = recordForward(nodes, {
    tape,
    track: (statistic, value, momentum) => trackOnce(tracked, statistic, { value, momentum }),
  });
  const [, classes = 0] = tape.dims(logits);
  const { loss, gradient: seed } = crossEntropy(tape, { logits, targets: 'targets' });
  const gradients = differentiate(tape, recorded, { of: logits, seed, wanted: new Set(state.weights.pieces.map(({ name }) => name)) });
  const gradient = pack(
    tape,
    state.weights.pieces.map(({ name, dims }) => gradients.get(name) ?? zeros(tape, dims)),
  );
  const next = sgd(tape, { weights: 'weights', velocity: 'velocity', gradient, rate: 'rate' }, { ...options, layout: state.weights });
  const results = {
    loss,
    weights_next: next.weights,
    velocity_next: next.velocity,
    gradient,
    ...followed(tape, state.statistics, tracked),
  };
  return {
    model: assemble(tape, { results, input: { name: input, type: 'float32', dims: inputDims }, classes, batch: options.batch, state }),
    input,
    classes,
    weights: state.weights,
    statistics: state.statistics,
    initial: { weights: gather(state.weights, model.graph.constants), statistics: gather(state.statistics, model.graph.constants) },
  };
}

interface Tracked {
  readonly value: string;
  readonly momentum: number;
}

// A statistic that two nodes share would be overwritten by one of them (see the trap in vjp/batch-normalization.ts).
function trackOnce(tracked: Map<string, Tracked>, statistic: string, by: Tracked): void {
  if (tracked.has(statistic))
    throw new FleetError('unsupported', `Cannot train the model: the running statistic "${statistic}" is used twice`);
  tracked.set(statistic, by);
}

interface State {
  readonly weights: FlatState;
  readonly statistics: FlatState;
  /** Initializers that are no floats: shapes and the like stay as they are. */
  readonly fixed: readonly Constant[];
}

// The nodes from the one input to the values before the softmax.
function classifierOf(model: Model): { input: string; logits: string; nodes: readonly Node[] } {
  const { graph } = model;
  const inputs = graph.inputs.filter(({ name }) => !graph.constants.has(name));
  const [input] = inputs;
  const [output] = graph.outputs;
  if (!input || !output || inputs.length !== 1 || graph.outputs.length !== 1)
    throw new FleetError(
      'unsupported',
      `Cannot train the model: it has ${inputs.length} inputs and ${graph.outputs.length} outputs, one of each is needed`,
    );
  const last = viewOf(model).nodeMaking(output.name);
  if (last?.op !== 'Softmax') return { input: input.name, logits: output.name, nodes: graph.nodes };
  return { input: input.name, logits: last.inputs[0] ?? '', nodes: graph.nodes.filter((node) => node !== last) };
}

function inputDimsOf(model: Model, input: string, batch: number): Dims {
  const dims = model.graph.inputs.find(({ name }) => name === input)?.dims ?? [];
  const rest = dims.slice(1).map((dim, i) => {
    if (typeof dim === 'number') return dim;
    throw new FleetError('unsupported', `Cannot train the model: dimension ${i + 1} of its input "${input}" has no fixed size`);
  });
  return [batch, ...rest];
}

function splitState(model: Model, nodes: readonly Node[]): State {
  const { constants } = model.graph;
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const used = [...constants.values()].filter(({ name }) => read.has(name));
  const statistics = statisticsOf(nodes);
  return {
    weights: layOut(used.filter(({ name, type }) => type === 'float32' && !statistics.has(name))),
    statistics: layOut(used.filter(({ name }) => statistics.has(name))),
    fixed: used.filter(({ type }) => type !== 'float32'),
  };
}

const zeros = (tape: Tape, dims: Dims): string => tape.emit('ConstantOfShape', [tape.ints(dims)]);

// statistics' = momentum statistics + (1 - momentum) batch, all in one vector.
function followed(tape: Tape, statistics: FlatState, tracked: ReadonlyMap<string, Tracked>): Readonly<Record<string, string>> {
  if (statistics.length === 0) return {};
  const momentum = new Float32Array(statistics.length);
  for (const { name, offset, count } of statistics.pieces) momentum.fill(tracked.get(name)?.momentum ?? 1, offset, offset + count);
  tape.constant(constantOf('train:momentum', [statistics.length], momentum));
  tape.constant(
    constantOf(
      'train:rest',
      [statistics.length],
      momentum.map((m) => 1 - m),
    ),
  );
  const batch = pack(
    tape,
    statistics.pieces.map(({ name }) => tracked.get(name)?.value ?? name),
  );
  const kept = tape.emit('Mul', ['statistics', 'train:momentum']);
  return { statistics_next: tape.emit('Add', [kept, tape.emit('Mul', [batch, 'train:rest'])]) };
}

function assemble(
  tape: Tape,
  from: { results: Readonly<Record<string, string>>; input: NewValue; classes: number; batch: number; state: State },
): Model {
  const { results, input, classes, batch, state } = from;
  for (const [output, value] of Object.entries(results)) tape.add({ op: 'Identity', inputs: [value], outputs: [output] });
  const vector = (name: string, length: number): NewValue => ({ name, type: 'float32', dims: [length] });
  const statistics = state.statistics.length > 0 ? [vector('statistics', state.statistics.length)] : [];
  const lengths: Readonly<Record<string, number>> = { statistics_next: state.statistics.length };
  return buildModel({
    name: 'train',
    opset: 17,
    domains: { 'com.microsoft': 1 },
    inputs: [
      input,
      { name: 'targets', type: 'float32', dims: [batch, classes] },
      { name: 'rate', type: 'float32', dims: [] },
      vector('weights', state.weights.length),
      vector('velocity', state.weights.length),
      ...statistics,
    ],
    outputs: Object.keys(results).map((name) =>
      name === 'loss' ? { name, type: 'float32', dims: [] } : vector(name, lengths[name] ?? state.weights.length),
    ),
    nodes: tape.nodes,
    constants: tape.constants,
  });
}
