/**
 * Rounds the weights of a layer so that its outputs move least, not its weights.
 *
 *     minimise  e' H e  over q,   e = s q - w,   H = E[(x - E x)(x - E x)'] + 1 % of its mean diagonal
 *
 * for each output channel by itself (Nagel et al. 2020, arXiv 2004.10568), by coordinate descent as QuantEase does (arXiv 2309.01885):
 * with g = H e, the best step for column k, all others fixed, is q_k - g_k / (H_kk s), rounded and clipped.
 * With fewer than 8 bits it starts where GPTQ ends (arXiv 2210.17323), written as nearest plane: H = L L', and from the last column to
 * the first q_k = round((w_k - sum over j > k of L_jk e_j / L_kk) / s); with 8 bits at the nearest step.
 * H is centred because the bias takes the mean back (correct-bias.ts).
 */

import { cholesky } from '@fleetfit/numerics';
import { intAttribute } from '@fleetfit/onnx';
import { centred, type LayerCovariance } from './gather-covariances.ts';
import { type QuantizedTensor, roundHalfEven, type TensorGrid, topOf } from './quantize-tensor.ts';
import type { WeightedLayer } from './weighted-layer.ts';

/** Improves a rounding to nearest; scales stay. */
export function roundAdaptively(
  weights: Float32Array,
  nearest: QuantizedTensor,
  by: { readonly layer: WeightedLayer; readonly bits: TensorGrid['bits']; readonly covariance: LayerCovariance },
): QuantizedTensor {
  const { layer, bits, covariance } = by;
  const top = topOf(bits);
  const values = nearest.values.slice();
  const row = { w: new Float64Array(covariance.size), q: new Float64Array(covariance.size), g: new Float64Array(covariance.size) };
  let group = -1;
  let h = new Float64Array(0);
  let l: Float64Array | undefined;
  for (const { output, its, at } of rowsOf(layer, covariance)) {
    if (its !== group) {
      h = dampened(covariance, its);
      l = bits < 8 ? factorOf(h, covariance.size) : undefined;
    }
    group = its;
    const s = nearest.scales[nearest.scales.length === 1 ? 0 : output] ?? 1;
    for (let k = 0; k < covariance.size; k++) {
      row.w[k] = weights[at(k)] ?? 0;
      row.q[k] = values[at(k)] ?? 0;
    }
    if (l) toNearestPlane(row, l, { s, top });
    descend(row, h, { s, top });
    for (let k = 0; k < covariance.size; k++) values[at(k)] = row.q[k] ?? 0;
  }
  return { values, scales: nearest.scales };
}

interface Row {
  readonly output: number;
  readonly its: number;
  /** Where the k-th weight of the row lies. */
  readonly at: (k: number) => number;
}

/** One row of weights for each output channel, groups in order. */
function rowsOf({ node, op, weight, axis }: WeightedLayer, { groups, size }: LayerCovariance): Row[] {
  const outputs = weight.dims[axis] ?? 0;
  const perGroup = outputs / (op === 'Conv' ? intAttribute(node, 'group', 1) : 1);
  return Array.from({ length: outputs }, (_, output) => ({
    output,
    its: groups === 1 ? 0 : Math.floor(output / perGroup),
    at: axis === 0 ? (k) => output * size + k : (k) => k * outputs + output,
  }));
}

const DAMPING = 0.01;

function dampened(covariance: LayerCovariance, group: number): Float64Array<ArrayBuffer> {
  const { size } = covariance;
  const h = Float64Array.from(centred(covariance, group));
  let trace = 0;
  for (let k = 0; k < size; k++) trace += h[k * size + k] ?? 0;
  for (let k = 0; k < size; k++) h[k * size + k] = (h[k * size + k] ?? 0) + (DAMPING * trace) / size;
  return h;
}

function toNearestPlane({ w, q }: RowNumbers, l: Float64Array, { s, top }: { readonly s: number; readonly top: number }): void {
  const size = w.length;
  /** By column: what the columns behind it leave, sum of L_jk e_j. */
  const left = new Float64Array(size);
  for (let j = size - 1; j >= 0; j--) {
    const row = j * size;
    const wanted = ((w[j] ?? 0) - (left[j] ?? 0) / (l[row + j] ?? 1)) / s;
    const chosen = Math.min(top, Math.max(-top, roundHalfEven(wanted)));
    q[j] = chosen;
    const e = s * chosen - (w[j] ?? 0);
    for (let k = 0; k < j; k++) left[k] = (left[k] ?? 0) + (l[row + k] ?? 0) * e;
  }
}

/** L of a group whose inputs are not all zero. */
function factorOf(h: Float64Array<ArrayBuffer>, size: number): Float64Array | undefined {
  const isDead = !(h[0] !== undefined && h[0] > 0);
  return isDead ? undefined : cholesky({ rows: size, cols: size, data: h }).lower.data;
}

const PASSES = 4;

interface RowNumbers {
  readonly w: Float64Array;
  readonly q: Float64Array;
  readonly g: Float64Array;
}

function descend({ w, q, g }: RowNumbers, h: Float64Array, { s, top }: { readonly s: number; readonly top: number }): void {
  const size = w.length;
  g.fill(0);
  for (let k = 0; k < size; k++) addRow(g, { h, row: k }, s * (q[k] ?? 0) - (w[k] ?? 0));
  for (let pass = 0; pass < PASSES; pass++) {
    let changed = false;
    for (let k = 0; k < size; k++) {
      const before = q[k] ?? 0;
      const curve = h[k * size + k] ?? 0;
      if (curve === 0) continue; // an input that is always zero
      const after = Math.min(top, Math.max(-top, roundHalfEven(before - (g[k] ?? 0) / (curve * s))));
      if (after === before) continue;
      q[k] = after;
      addRow(g, { h, row: k }, s * (after - before));
      changed = true;
    }
    if (!changed) return;
  }
}

/** g += by * (a row of h) */
function addRow(g: Float64Array, { h, row }: { readonly h: Float64Array; readonly row: number }, by: number): void {
  if (by === 0) return;
  const from = row * g.length;
  for (let j = 0; j < g.length; j++) g[j] = (g[j] ?? 0) + by * (h[from + j] ?? 0);
}
