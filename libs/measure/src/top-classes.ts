import { FleetError } from '@fleetfit/core';
import type { Tensor } from '@fleetfit/runtime';

/** Stands for "no such class" where a model has fewer classes than were asked for: no label equals it. */
export const NO_CLASS = 0xffffffff;

/**
 * The `top` classes with the best scores, best first; of equal scores the lower class first, so that every device agrees.
 * Scores that are NaN come last. Rows are always `top` long: `NO_CLASS` fills them up.
 * `finite` is false where a score is NaN or infinite.
 */
export function topClasses(output: Tensor, top: number): { readonly classes: number[]; readonly finite: boolean } {
  const scores = scoresOf(output);
  const best: number[] = [];
  let finite = true;
  for (let label = 0; label < scores.length; label++) {
    const score = scores[label] ?? Number.NaN;
    if (!Number.isFinite(score)) finite = false;
    let at = best.length;
    while (at > 0 && beats(score, scores[best[at - 1] ?? 0] ?? Number.NaN)) at--;
    if (at < top) best.splice(at, 0, label);
    if (best.length > top) best.pop();
  }
  while (best.length < top) best.push(NO_CLASS);
  return { classes: best, finite };
}

const beats = (score: number, other: number): boolean => score > other || (Number.isNaN(other) && !Number.isNaN(score));

function scoresOf({ type, data }: Tensor): ArrayLike<number> {
  if (type === 'float16' && data instanceof Uint16Array) return Float32Array.from(data, fromHalf);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Array.from<bigint, number>(data, Number);
  if (!ArrayBuffer.isView(data)) throw new FleetError('unsupported', 'Cannot rank classes: the output of the model is text');
  return data;
}

// IEEE 754 binary16: 1 sign bit, 5 exponent bits with a bias of 15, 10 fraction bits.
function fromHalf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
