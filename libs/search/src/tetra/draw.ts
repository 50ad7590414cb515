import type { Rng } from '@fleetfit/core';
import { multiplyTransposedVector, multiplyVector, solveCholesky } from '@fleetfit/numerics';
import type { Fitted } from './fit.ts';
import type { Unknowns } from './latents.ts';

/**
 * Unknowns that the readings allow, drawn by Matheron's rule around the fit (eq. 10): a draw of the prior, moved by what it gets wrong.
 * `temperature` 0 is the fit itself, 1 a fair draw.
 */
export function drawUnknowns({ unknowns, jacobian, factor, noises }: Fitted, rng: Rng, temperature: number): Float64Array {
  if (temperature === 0) return unknowns.xi;
  const prior = unknowns.xi.map(() => temperature * rng.normal());
  const wrong = multiplyVector(jacobian, prior).map((value, n) => value + temperature * Math.sqrt(noises[n] ?? 0) * rng.normal());
  const correction = multiplyTransposedVector(jacobian, solveCholesky(factor, wrong));
  return unknowns.xi.map((value, p) => value + (prior[p] ?? 0) - (correction[p] ?? 0));
}

/** Before anything is measured: a draw of the prior. */
export const drawPrior = ({ xi }: Unknowns, rng: Rng): Float64Array => xi.map((value) => value + rng.normal());
