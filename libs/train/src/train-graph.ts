import { FleetError } from '@fleetfit/core';
import { buildModel, type Constant, constantOf, type Model, type NewNode, type NewValue, type Node, viewOf } from '@fleetfit/onnx';
import { type FlatState, gather, layOut, pack, unpack } from './flat-state.ts';
import { type KnownValues, onlyInput, statisticsOf, weightsOf } from './known-values.ts';
import { adapterOf, freshAdapter, type LossOptions, writeLosses } from './loss.ts';
import { momentsOf, type Optimizer, optimizerStep } from './optimizer.ts';
import { differentiate, recordForward } from './reverse-mode.ts';
import { newTape, type Tape } from './tape.ts';

export interface TrainGraphOptions {
  readonly optimizer: Optimizer;
  readonly loss: LossOptions;
  /** Weights that stay as they are; a norm whose scale stays keeps its running statistics and uses them. */
  readonly frozen?: ((weight: string) => boolean) | undefined;
}

/** One training step as one ONNX graph, and the state that goes through it. */
export interface TrainGraph {
  /**
   * Inputs: the model's own input, what the loss asks for (`targets` [batch, classes], `teacher` [batch, classes], `hint 0`, ...), `rate` and `shrink` (numbers),
   * `weights`, the moments of the optimizer (`velocity`, or `first` and `second`), `statistics`.
   * Outputs: `loss` (a number), `gradient`, and every vector with `_next` behind its name.
   * `statistics` is missing where no norm follows the batches.
   */
  readonly model: Model;
  readonly input: string;
  /** Undefined where the output is no row of classes. */
  readonly classes: number | undefined;
  readonly weights: FlatState;
  readonly statistics: FlatState;
  readonly moments: readonly string[];
  readonly initial: { readonly weights: Float32Array; readonly statistics: Float32Array };
}

/**
 * Writes forward, loss, backward and optimizer of a network as one graph for one batch size. Trained is what ops take for weights and
 * what is not frozen; running statistics of batch normalization follow the batches. A Softmax at the end is left out where the loss has its own.
 * @throws FleetError `unsupported` before anything runs, naming every node that has no gradient rule
 */
export function trainGraph(model: Model, known: KnownValues, options: TrainGraphOptions): TrainGraph {
  const { input, logits, nodes, inputDims } = networkOf(model, known);
  const tape = newTape();
  for (const [name, dims] of known.shapes) tape.setDims(name, dims);
  options.loss.hints?.forEach(({ like }, i) => tape.setDims(`train:adapted ${i}`, like));
  const state = splitState(model, nodes, { known, options });
  for (const constant of state.fixed) tape.constant(constant);
  unpack(tape, state.weights, 'weights');
  unpack(tape, state.statistics, 'statistics');
  const tracked = new Map<string, Tracked>();
  const track = (statistic: string, value: string, momentum: number): boolean =>
    trackOnce(tracked, { statistic, state }, { value, momentum });
  const recorded = recordForward([...nodes, ...state.adapters], { tape, track });
  const losses = writeLosses(tape, logits, options.loss);
  const gradients = differentiate(tape, recorded, { seeds: losses.seeds, wanted: new Set(state.weights.pieces.map(({ name }) => name)) });
  const gradient = pack(
    tape,
    state.weights.pieces.map(({ name, dims }) => gradients.get(name) ?? tape.emit('ConstantOfShape', [tape.ints(dims)])),
  );
  const next = optimizerStep(
    tape,
    { weights: 'weights', gradient, rate: 'rate', shrink: 'shrink' },
    { layout: state.weights, optimizer: options.optimizer },
  );
  const stepped = Object.entries(next.moments).map(([name, value]) => [`${name}_next`, value] as const);
  const results = {
    loss: losses.total,
    gradient,
    weights_next: next.weights,
    ...Object.fromEntries(stepped),
    ...followed(tape, state.statistics, tracked),
  };
  const given = [{ name: input, type: 'float32' as const, dims: inputDims }, ...losses.inputs];
  return {
    model: assemble(tape, { opset: model.opsets.get('') ?? 17, results, given, state, moments: momentsOf(options.optimizer) }),
    input,
    classes: logits === undefined ? undefined : tape.dims(logits)[1],
    weights: state.weights,
    statistics: state.statistics,
    moments: momentsOf(options.optimizer),
    initial: { weights: gather(state.weights, state.constants), statistics: gather(state.statistics, state.constants) },
  };
}

interface Tracked {
  readonly value: string;
  readonly momentum: number;
}

// A statistic that two nodes share would be overwritten by one of them (see the trap in vjp/batch-normalization.ts).
function trackOnce(tracked: Map<string, Tracked>, { statistic, state }: { statistic: string; state: State }, by: Tracked): boolean {
  if (!state.statistics.pieces.some(({ name }) => name === statistic)) return false;
  if (tracked.has(statistic))
    throw new FleetError('unsupported', `Cannot train the model: the running statistic "${statistic}" is used twice`);
  tracked.set(statistic, by);
  return true;
}

interface State {
  readonly weights: FlatState;
  readonly statistics: FlatState;
  /** All that stays: shapes, scales, frozen weights. */
  readonly fixed: readonly Constant[];
  /** Every constant by name, adapters of hints included. */
  readonly constants: ReadonlyMap<string, Constant>;
  readonly adapters: readonly Node[];
}

interface Network {
  readonly input: string;
  readonly inputDims: readonly number[];
  /** Values before a softmax at the end; undefined where the network has several outputs. */
  readonly logits: string | undefined;
  /** Those that images or weights change. */
  readonly nodes: readonly Node[];
}

/** From 13 on, axes and sizes are inputs, as backward passes write them. */
const OLDEST = 13;

function networkOf(model: Model, known: KnownValues): Network {
  const { graph } = model;
  const opset = model.opsets.get('') ?? 0;
  if (opset < OLDEST)
    throw new FleetError(
      'unsupported',
      `Cannot train the model: it is of opset ${opset}, and ${OLDEST} is the oldest that can be trained`,
      {
        next: 'raise it first: the pass raise-opset does so',
      },
    );
  const input = onlyInput(model);
  const moving = graph.nodes.filter(
    ({ op, outputs }) => op !== 'Constant' && outputs.some((output) => output !== '' && !known.fixed.has(output)),
  );
  const [output, second] = graph.outputs;
  const last = output && !second ? viewOf(model).nodeMaking(output.name) : undefined;
  const [batch = 1, ...rest] = known.shapes.get(input.name) ?? [];
  const inputDims = [batch, ...rest];
  if (last?.op !== 'Softmax') return { input: input.name, inputDims, logits: second ? undefined : output?.name, nodes: moving };
  return { input: input.name, inputDims, logits: last.inputs[0] ?? '', nodes: moving.filter((node) => node !== last) };
}

function splitState(model: Model, nodes: readonly Node[], { known, options }: { known: KnownValues; options: TrainGraphOptions }): State {
  const constants = allConstants(model, known);
  const frozen = options.frozen ?? (() => false);
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const used = [...constants.values()].filter(({ name }) => read.has(name));
  const weights = weightsOf(model);
  const statistics = statisticsOf(nodes.filter((node) => !frozen(node.inputs[1] ?? '')));
  const trains = ({ name }: Constant): boolean => weights.has(name) && !frozen(name);
  const { adapters, fresh } = adaptersOf(known, options.loss);
  return {
    weights: layOut([...used.filter(trains), ...fresh]),
    statistics: layOut(used.filter(({ name }) => statistics.has(name))),
    fixed: used.filter((constant) => !trains(constant) && !statistics.has(constant.name)),
    constants: new Map([...constants, ...fresh.map((constant) => [constant.name, constant] as const)]),
    adapters,
  };
}

// Initializers, the tensors of Constant nodes under the names that are read, and what turned out to be fixed.
function allConstants(model: Model, known: KnownValues): ReadonlyMap<string, Constant> {
  const view = viewOf(model);
  const ofNodes = model.graph.nodes.filter(({ op }) => op === 'Constant').flatMap(({ outputs }) => outputs);
  const named = ofNodes.flatMap((name) => {
    const constant = view.constant(name);
    return constant ? [[name, { ...constant, name }] as const] : [];
  });
  return new Map([...known.fixed, ...named, ...model.graph.constants]);
}

function adaptersOf(known: KnownValues, { hints = [] }: LossOptions): { adapters: readonly Node[]; fresh: readonly Constant[] } {
  const found = hints.flatMap((hint, i) => {
    const adapter = adapterOf(hint, i, known.shapes.get(hint.value) ?? []);
    if (!adapter) return [];
    const node: NewNode = { op: 'Conv', inputs: [hint.value, adapter.name], outputs: [`train:adapted ${i}`] };
    return [{ node, constant: freshAdapter(adapter) }];
  });
  const built = buildModel({ name: 'adapters', opset: 17, inputs: [], outputs: [], nodes: found.map(({ node }) => node) });
  return { adapters: built.graph.nodes, fresh: found.map(({ constant }) => constant) };
}

// statistics' = momentum statistics + (1 - momentum) batch, all in one vector.
function followed(tape: Tape, statistics: FlatState, tracked: ReadonlyMap<string, Tracked>): Readonly<Record<string, string>> {
  if (statistics.length === 0) return {};
  const momentum = new Float32Array(statistics.length);
  for (const { name, offset, count } of statistics.pieces) momentum.fill(tracked.get(name)?.momentum ?? 1, offset, offset + count);
  const rest = momentum.map((m) => 1 - m);
  tape.constant(constantOf('train:momentum', [statistics.length], momentum));
  tape.constant(constantOf('train:rest', [statistics.length], rest));
  const batch = pack(
    tape,
    statistics.pieces.map(({ name }) => tracked.get(name)?.value ?? name),
  );
  const kept = tape.emit('Mul', ['statistics', 'train:momentum']);
  return { statistics_next: tape.emit('Add', [kept, tape.emit('Mul', [batch, 'train:rest'])]) };
}

interface Whole {
  readonly opset: number;
  readonly results: Readonly<Record<string, string>>;
  readonly given: readonly NewValue[];
  readonly state: State;
  readonly moments: readonly string[];
}

function assemble(tape: Tape, { opset, results, given, state, moments }: Whole): Model {
  for (const [output, value] of Object.entries(results)) tape.add({ op: 'Identity', inputs: [value], outputs: [output] });
  const float = (name: string, dims: readonly number[]): NewValue => ({ name, type: 'float32', dims });
  const vectors = ['weights', ...moments].map((name) => float(name, [state.weights.length]));
  const statistics = state.statistics.length > 0 ? [float('statistics', [state.statistics.length])] : [];
  const outputDims = (name: string): readonly number[] => {
    if (name === 'loss') return [];
    return [name === 'statistics_next' ? state.statistics.length : state.weights.length];
  };
  return buildModel({
    name: 'train',
    // What backward passes are written with is the same from 17 on.
    opset: Math.max(17, opset),
    domains: { 'com.microsoft': 1 },
    inputs: [...given, float('rate', []), ...(moments.length > 1 ? [float('shrink', [])] : []), ...vectors, ...statistics],
    outputs: Object.keys(results).map((name) => float(name, outputDims(name))),
    nodes: tape.nodes,
    constants: tape.constants,
  });
}
