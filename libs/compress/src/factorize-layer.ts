import { type Matrix, multiply, outerGram, symmetricEigen, transpose } from '@fleetfit/numerics';
import { constantOf, editModel, floatsOf, intsAttribute, type Model, type NewNode, stringAttribute, viewOf } from '@fleetfit/onnx';
import { biasOf, meanOutput, nodesById, type ReadingLayer, takesBias, weightMatrices } from './channel-readers.ts';
import { centred, type LayerCovariance } from './gather-covariances.ts';
import { type LowRank, lowRank } from './low-rank.ts';
import { positiveDefinite } from './positive-definite.ts';

/** How a layer becomes thinner ones. */
export type Factoring = 'pca' | 'svd' | 'spatial' | 'tucker';

/** A layer ready to be factored at any rank. */
export interface Factored {
  readonly layer: ReadingLayer;
  readonly method: Factoring;
  /** Ranks from 1 to here. */
  readonly most: number;
  readonly errors: Float64Array;
  /** Numbers in the weights at a rank. */
  parameters(rank: number): number;
  /** Nodes in place of the layer's own, and their weights. */
  parts(rank: number): Parts;
}

interface Parts {
  readonly nodes: readonly (NewNode & { readonly name: string })[];
  readonly weights: ReadonlyMap<string, { readonly dims: readonly number[]; readonly data: Float64Array }>;
  /** Of the last node. */
  readonly bias: Float32Array | undefined;
}

/** Spatial and Tucker-2 forms are for kernels of more than one tap; everything else can be split by its outputs. */
export function methodFor(layer: ReadingLayer, wanted: string): Factoring {
  const isWindow = layer.node.op === 'Conv' && layer.weight.dims.slice(2).some((size) => size > 1);
  if (wanted === 'svd' || wanted === 'pca') return wanted;
  if (!isWindow || layer.weight.dims.length !== 4) return 'pca';
  return wanted === 'tucker' ? 'tucker' : 'spatial';
}

/** @param moments of what the layer reads; without them (method svd) weights alone decide */
export function factored(
  layer: ReadingLayer,
  method: Factoring,
  fit: {
    readonly moments: LayerCovariance | undefined;
    readonly ridge: number;
    readonly weights?: Float64Array;
    readonly means?: Float64Array;
  },
): Factored {
  if (method === 'spatial') return spatially(layer);
  if (method === 'tucker') return inTucker(layer, fit.moments && regular(fit.moments, layer, fit.ridge));
  const { size } = layer.features;
  const w: Matrix = { rows: size, cols: layer.outputs, data: fit.weights ?? weightMatrices(layer)[0] ?? new Float64Array(0) };
  const its = method === 'pca' && fit.moments ? lowRank(w, regular(fit.moments, layer, fit.ridge)) : lowRank(w);
  return {
    layer,
    method,
    most: its.most,
    errors: its.errors,
    parameters: (rank) => rank * (size + layer.outputs),
    parts: (rank) => twoLayers(layer, its, { rank, moments: fit.moments, ...(fit.means ? { means: fit.means } : {}) }),
  };
}

function regular(moments: LayerCovariance, layer: ReadingLayer, ridge: number): Matrix {
  const { size } = moments;
  const data = takesBias(layer) ? centred(moments) : moments.moments.slice(0, size * size);
  return positiveDefinite(data, size, ridge).matrix;
}

interface AtRank {
  readonly rank: number;
  readonly moments: LayerCovariance | undefined;
  /** E[y] where it is not that of the old weights. */
  readonly means?: Float64Array;
}

/** First as the layer was, with fewer outputs; then one pixel, or one dense layer. b' = E[y] - W_r' E[h] */
function twoLayers(layer: ReadingLayer, its: LowRank, { rank, moments, means }: AtRank): Parts {
  const { first, second } = its.factors(rank);
  const { node, id, weight } = layer;
  const [a, b, between] = [`${id}_first`, `${id}_second`, `${id}_between`];
  const bias = biasBehind(layer, multiply(first, second), { moments, ...(means ? { means } : {}) });
  const names = [`${weight.name}_first`, `${weight.name}_second`];
  const [x = ''] = node.inputs;
  if (node.op !== 'Conv') {
    const op = node.op === 'Gemm' ? 'Gemm' : 'MatMul';
    return {
      nodes: [
        { name: a, op, inputs: [x, names[0] ?? ''], outputs: [between] },
        { name: b, op, inputs: [between, names[1] ?? ''], outputs: node.outputs },
      ],
      weights: new Map([
        [names[0] ?? '', { dims: [first.rows, rank], data: first.data }],
        [names[1] ?? '', { dims: [rank, second.cols], data: second.data }],
      ]),
      bias,
    };
  }
  const ones = weight.dims.slice(2).map(() => 1);
  return {
    nodes: [
      { name: a, op: 'Conv', inputs: [x, names[0] ?? ''], outputs: [between], attributes: node.attributes },
      { name: b, op: 'Conv', inputs: [between, names[1] ?? ''], outputs: node.outputs, attributes: { kernel_shape: ones } },
    ],
    weights: new Map([
      [names[0] ?? '', { dims: [rank, ...weight.dims.slice(1)], data: transpose(first).data }],
      [names[1] ?? '', { dims: [second.cols, rank, ...ones], data: transpose(second).data }],
    ]),
    bias,
  };
}

function biasBehind(layer: ReadingLayer, w: Matrix, { moments, means }: Omit<AtRank, 'rank'>): Float32Array | undefined {
  if (!takesBias(layer)) return undefined;
  const b = biasOf(layer);
  if (!moments) return b;
  const before = means ?? meanOutput(layer, weightMatrices(layer), moments.means).map((mean, o) => mean + (b?.[o] ?? 0));
  const after = meanOutput(layer, [w.data], moments.means);
  return Float32Array.from(before, (mean, o) => mean - (after[o] ?? 0));
}

/** W[o, c, i, j] = sum over r of A[r, c, i] B[o, r, j]: a column of the kernel, then a row. */
function spatially(layer: ReadingLayer): Factored {
  const { node, id, weight } = layer;
  const [o = 1, c = 1, h = 1, w = 1] = weight.dims;
  const values = floatsOf(weight);
  const unfolded = new Float64Array(values.length);
  forEachOf(
    [o, c, h, w],
    ([out = 0, chan = 0, i = 0, j = 0], at) => void (unfolded[(chan * h + i) * o * w + out * w + j] = values[at] ?? 0),
  );
  const its = lowRank({ rows: c * h, cols: o * w, data: unfolded });
  const strides = intsAttribute(node, 'strides') ?? [1, 1];
  const dilations = intsAttribute(node, 'dilations') ?? [1, 1];
  const [top = 0, left = 0, bottom = 0, right = 0] = intsAttribute(node, 'pads') ?? [];
  const autoPad = stringAttribute(node, 'auto_pad', 'NOTSET');
  const along = (axis: 0 | 1) => ({
    kernel_shape: axis === 0 ? [h, 1] : [1, w],
    strides: axis === 0 ? [strides[0] ?? 1, 1] : [1, strides[1] ?? 1],
    dilations: axis === 0 ? [dilations[0] ?? 1, 1] : [1, dilations[1] ?? 1],
    ...(autoPad === 'NOTSET' ? { pads: axis === 0 ? [top, 0, bottom, 0] : [0, left, 0, right] } : { auto_pad: autoPad }),
  });
  return {
    layer,
    method: 'spatial',
    most: its.most,
    errors: its.errors,
    parameters: (rank) => rank * (c * h + o * w),
    parts(rank) {
      const { first, second } = its.factors(rank);
      const [a, b, between] = [`${weight.name}_column`, `${weight.name}_row`, `${id}_between`];
      const rows = new Float64Array(o * rank * w);
      forEachOf([o, rank, w], ([out = 0, r = 0, j = 0], at) => void (rows[at] = second.data[r * o * w + out * w + j] ?? 0));
      return {
        nodes: [
          { name: `${id}_column`, op: 'Conv', inputs: [node.inputs[0] ?? '', a], outputs: [between], attributes: along(0) },
          { name: `${id}_row`, op: 'Conv', inputs: [between, b], outputs: node.outputs, attributes: along(1) },
        ],
        weights: new Map([
          [a, { dims: [rank, c, h, 1], data: transpose(first).data }],
          [b, { dims: [o, rank, 1, w], data: rows }],
        ]),
        bias: biasOf(layer),
      };
    },
  };
}

/**
 * Tucker-2 (Kim et al., arXiv 1511.06530): W = core x_c P x_o Q, a pixel to fewer channels, the kernel among those, a pixel back.
 * P from the unfolding by input channels, Q by output channels, the latter under what the layer sees. Both ranks shrink alike.
 */
function inTucker(layer: ReadingLayer, s: Matrix | undefined): Factored {
  const { weight } = layer;
  const [o = 1, c = 1, h = 1, w = 1] = weight.dims;
  const taps = h * w;
  const values = floatsOf(weight);
  const byInput = new Float64Array(values.length);
  forEachOf([o, c, taps], ([out = 0, chan = 0, tap = 0], at) => void (byInput[(chan * o + out) * taps + tap] = values[at] ?? 0));
  const inputs = symmetricEigen(outerGram({ rows: c, cols: o * taps, data: byInput }));
  const turned: Matrix = { rows: o, cols: c * taps, data: Float64Array.from(values) };
  const outputs = symmetricEigen(s ? multiply(turned, multiply(s, transpose(turned))) : outerGram(turned));
  const most = Math.min(c, o);
  const ranks = (rank: number): [number, number] => [
    Math.max(1, Math.round((rank * c) / most)),
    Math.max(1, Math.round((rank * o) / most)),
  ];
  return {
    layer,
    method: 'tucker',
    most,
    errors: tuckerErrors(most, (rank) => {
      const [p, q] = ranks(rank);
      return lostBelow(inputs.values, p) + lostBelow(outputs.values, q);
    }),
    parameters(rank) {
      const [p, q] = ranks(rank);
      return c * p + p * q * taps + q * o;
    },
    parts: (rank) => tuckerParts(layer, { ranks: ranks(rank), inputs: inputs.vectors, outputs: outputs.vectors }),
  };
}

const tuckerErrors = (most: number, lost: (rank: number) => number): Float64Array =>
  Float64Array.from({ length: most + 1 }, (_, rank) => (rank === 0 ? 1 : lost(rank)));

/** Share of the eigenvalues, which rise, that a rank leaves out. */
function lostBelow(values: Float64Array, rank: number): number {
  const all = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  const lost = values.slice(0, Math.max(0, values.length - rank)).reduce((sum, value) => sum + Math.max(0, value), 0);
  return lost / Math.max(all, 1e-300);
}

function tuckerParts(
  layer: ReadingLayer,
  by: { readonly ranks: readonly [number, number]; readonly inputs: Matrix; readonly outputs: Matrix },
): Parts {
  const { node, id, weight } = layer;
  const [o = 1, c = 1, h = 1, w = 1] = weight.dims;
  const taps = h * w;
  const [p, q] = by.ranks;
  const columns = ({ rows, cols, data }: Matrix, rank: number): Matrix => ({
    rows: rank,
    cols: rows,
    data: Float64Array.from({ length: rank * rows }, (_, at) => data[(at % rows) * cols + cols - 1 - Math.floor(at / rows)] ?? 0),
  });
  const P = columns(by.inputs, p);
  const Q = columns(by.outputs, q);
  // Q W, then by input channel: core[q, p, tap] = sum over c of P[p, c] (Q W)[q, c, tap]
  const half = multiply(Q, { rows: o, cols: c * taps, data: Float64Array.from(floatsOf(weight)) });
  const core = new Float64Array(q * p * taps);
  for (let k = 0; k < q; k++)
    core.set(multiply(P, { rows: c, cols: taps, data: half.data.subarray(k * c * taps, (k + 1) * c * taps) }).data, k * p * taps);
  const names = ['into', 'core', 'out'].map((what) => `${weight.name}_${what}`);
  const [into = '', middle = '', out = ''] = names;
  return {
    nodes: [
      { name: `${id}_into`, op: 'Conv', inputs: [node.inputs[0] ?? '', into], outputs: [`${id}_a`], attributes: { kernel_shape: [1, 1] } },
      { name: `${id}_core`, op: 'Conv', inputs: [`${id}_a`, middle], outputs: [`${id}_b`], attributes: node.attributes },
      { name: `${id}_out`, op: 'Conv', inputs: [`${id}_b`, out], outputs: node.outputs, attributes: { kernel_shape: [1, 1] } },
    ],
    weights: new Map([
      [into, { dims: [p, c, 1, 1], data: P.data }],
      [middle, { dims: [q, p, h, w], data: core }],
      [out, { dims: [o, q, 1, 1], data: transpose(Q).data }],
    ]),
    bias: biasOf(layer),
  };
}

function forEachOf(dims: readonly number[], visit: (index: readonly number[], at: number) => void): void {
  const count = dims.reduce((product, dim) => product * dim, 1);
  const index = dims.map(() => 0);
  for (let at = 0; at < count; at++) {
    visit(index, at);
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] ?? 0) + 1;
      if ((index[axis] ?? 0) < (dims[axis] ?? 1)) break;
      index[axis] = 0;
    }
  }
}

/** The model with one layer in its factored form, and which nodes stand for it. */
export function factorizedModel(
  model: Model,
  factors: Factored,
  rank: number,
): { readonly model: Model; readonly parts: readonly string[] } {
  const { nodes, weights, bias } = factors.parts(rank);
  const { layer } = factors;
  const node = nodesById(viewOf(model)).get(layer.id);
  if (!node) return { model, parts: [] };
  const edited = editModel(model, (graph) => {
    graph.remove(node);
    // Values and constants may not meet names that are taken.
    const renamed = new Map(
      [...weights.keys(), ...nodes.slice(0, -1).flatMap(({ outputs }) => outputs)].map((name) => [name, graph.freshName(name)]),
    );
    const named = (name: string): string => renamed.get(name) ?? name;
    for (const [name, { dims, data }] of weights) graph.setConstant(constantOf(named(name), dims, Float32Array.from(data)));
    nodes.forEach((part, i) => {
      const inputs = part.inputs.map(named);
      if (i === nodes.length - 1 && bias) {
        const name = graph.freshName(`${layer.weight.name}_fitted_bias`);
        graph.setConstant(constantOf(name, [bias.length], bias));
        inputs.push(name);
      }
      graph.add({ ...part, inputs, outputs: part.outputs.map(named) });
    });
  });
  return { model: edited, parts: nodes.map(({ name }) => name) };
}
