import { isRefusal } from '@fleetfit/core';
import { floatsOf, type GraphView, intAttribute, type Model, type Node, viewOf } from '@fleetfit/onnx';
import { inferShapes, type Shapes } from './infer-shapes.ts';
import { type WeightedLayer, weightedLayerOf } from './weighted-layer.ts';

/** A channel of a value may be scaled together with all channels of its group, if who makes it scales and who reads it scales back. */
export interface ScaleGroups {
  /** By value: the number of the group of each channel (axis 1). */
  readonly ofValue: ReadonlyMap<string, readonly number[]>;
  /** Weighted layers by id, with the groups of their input and output channels. */
  readonly layers: ReadonlyMap<string, ScaledLayer>;
  /** Groups that must stay as they are: inputs, answers, and what nodes other than the ones that scale along read or make. */
  readonly fixed: ReadonlySet<number>;
  /** By group: the lowest upper end of a Clip that it passes. */
  readonly limits: ReadonlyMap<number, number>;
}

export interface ScaledLayer {
  readonly layer: WeightedLayer;
  readonly reads: readonly number[];
  readonly makes: readonly number[];
}

/** f(s x) = s f(x) for s > 0, channel by channel. */
const SCALES_ALONG = new Set(
  'Relu LeakyRelu PRelu MaxPool AveragePool GlobalAveragePool GlobalMaxPool Identity Dropout Resize Upsample'.split(' '),
);

/** Finds which channels scale together: through Relu, poolings, Add and Concat, from the layers that make them to the layers that read them. */
export function scaleGroups(model: Model): ScaleGroups {
  const graph = viewOf(model);
  const finder = new Finder(graph, inferShapes(model));
  for (const input of graph.graph.inputs) finder.fix(input.name);
  for (const node of graph.nodes) finder.visit(node);
  for (const output of graph.graph.outputs) finder.fix(output.name);
  return finder.found();
}

class Finder {
  readonly #graph: GraphView;
  readonly #shapes: Shapes;
  /** Union-find over channels: parent by number. */
  readonly #parents: number[] = [];
  readonly #fixed = new Set<number>();
  readonly #limits = new Map<number, number>();
  readonly #values = new Map<string, readonly number[]>();
  readonly #layers = new Map<string, ScaledLayer>();

  constructor(graph: GraphView, shapes: Shapes) {
    this.#graph = graph;
    this.#shapes = shapes;
  }

  visit(node: Node): void {
    const [y = ''] = node.outputs;
    const layer = weightedLayerOf(node, this.#graph);
    if (!isRefusal(layer) && this.#visitLayer(layer, y)) return;
    const along = this.#along(node);
    if (along && node.outputs.length === 1) this.#values.set(y, along);
    else for (const value of [...node.inputs, ...node.outputs]) this.fix(value);
  }

  /** No channel of this value may scale. */
  fix(value: string): void {
    if (value === '' || this.#graph.constant(value)) return;
    for (const channel of this.#channels(value)) this.#fixed.add(channel);
  }

  found(): ScaleGroups {
    const rooted = (channels: readonly number[]): number[] => channels.map((channel) => this.#root(channel));
    const limits = new Map<number, number>();
    for (const [channel, limit] of this.#limits) {
      const root = this.#root(channel);
      limits.set(root, Math.min(limit, limits.get(root) ?? limit));
    }
    return {
      ofValue: new Map([...this.#values].map(([value, channels]) => [value, rooted(channels)])),
      layers: new Map(
        [...this.#layers].map(([id, { layer, reads, makes }]) => [id, { layer, reads: rooted(reads), makes: rooted(makes) }]),
      ),
      fixed: new Set(rooted([...this.#fixed])),
      limits,
    };
  }

  #visitLayer(layer: WeightedLayer, y: string): boolean {
    const reads = this.#channels(layer.input);
    const { op, node, weight, axis } = layer;
    const wanted = op === 'Conv' ? (weight.dims[1] ?? 0) * intAttribute(node, 'group', 1) : (weight.dims[1 - axis] ?? 0);
    const isMatrix = op === 'Conv' || this.#shapes.of(layer.input)?.length === 2;
    if (reads.length !== wanted || !isMatrix || this.#graph.usersOf(weight.name).length > 1) return false;
    if (layer.bias && this.#graph.usersOf(layer.bias.name).length > 1) return false;
    const makes = this.#fresh(weight.dims[axis] ?? 0);
    this.#values.set(y, makes);
    this.#layers.set(layer.id, { layer, reads, makes });
    return true;
  }

  /** The channels of what a node makes, where it scales along with what it reads. */
  #along(node: Node): readonly number[] | undefined {
    if (node.domain !== '') return undefined;
    const [x = '', other = ''] = node.inputs;
    if (SCALES_ALONG.has(node.op)) return this.#channels(x);
    if (node.op === 'Clip') return this.#clipped(node);
    if (node.op === 'Add') return this.#joined(x, other);
    if (node.op === 'Concat' && intAttribute(node, 'axis', 0) === 1) return node.inputs.flatMap((input) => this.#channels(input));
    if (['Flatten', 'Reshape', 'Squeeze'].includes(node.op)) return this.#flattened(x, node.outputs[0] ?? '');
    return undefined;
  }

  #clipped(node: Node): readonly number[] | undefined {
    const [x = '', low = '', high = ''] = node.inputs;
    const lower = this.#graph.constant(low);
    const upper = this.#graph.constant(high);
    if (!lower || floatsOf(lower)[0] !== 0 || (high !== '' && !upper)) return undefined;
    const limit = upper ? (floatsOf(upper)[0] ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
    const channels = this.#channels(x);
    for (const channel of channels) this.#limits.set(channel, Math.min(limit, this.#limits.get(channel) ?? limit));
    return channels;
  }

  #joined(x: string, other: string): readonly number[] | undefined {
    if (this.#graph.constant(x) || this.#graph.constant(other)) return undefined;
    const [left, right] = [this.#shapes.of(x), this.#shapes.of(other)];
    if (!left || !right || left.join() !== right.join()) return undefined;
    const [one, two] = [this.#channels(x), this.#channels(other)];
    if (one.length !== two.length) return undefined;
    one.forEach((channel, i) => this.#unite(channel, two[i] ?? channel));
    return one;
  }

  /** One pixel: channels stay channels. */
  #flattened(x: string, y: string): readonly number[] | undefined {
    const [before, after] = [this.#shapes.of(x), this.#shapes.of(y)];
    if (!before || before.slice(2).some((dim) => dim !== 1) || after?.[1] !== before[1]) return undefined;
    return this.#channels(x);
  }

  #channels(value: string): readonly number[] {
    const known = this.#values.get(value);
    if (known) return known;
    const channels = this.#fresh(this.#shapes.of(value)?.[1] ?? 0);
    for (const channel of channels) this.#fixed.add(channel);
    this.#values.set(value, channels);
    return channels;
  }

  #fresh(count: number): number[] {
    return Array.from({ length: count }, () => this.#parents.push(this.#parents.length) - 1);
  }

  #root(channel: number): number {
    let root = channel;
    for (let parent = this.#parents[root] ?? root; parent !== root; parent = this.#parents[root] ?? root) root = parent;
    this.#parents[channel] = root;
    return root;
  }

  #unite(one: number, two: number): void {
    this.#parents[this.#root(one)] = this.#root(two);
  }
}
