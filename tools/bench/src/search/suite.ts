import { FleetError } from '@fleetfit/core';
import { classicFunction, FORMULAS } from './classic-function.ts';
import { comp } from './comp.ts';
import { lut } from './lut.ts';
import { mis } from './mis.ts';
import type { CompressionProblem, Problem } from './problem.ts';

/**
 * A problem of the search suite by its name: `comp12_s6`, `comp12_s7_n0.1`, `mis12_s1`, `lut20k5_s1`, `rastrigin_n64`.
 * Every instance of these families is one name away: those that are looked at while a sampler is made say little.
 * @throws FleetError `invalid` for a name of no family
 */
export function problemOf(name: string): Problem {
  const compression = compressionProblemOf(name);
  if (compression) return compression;
  const table = /^lut(\d+)k(\d+)_s(\d+)$/.exec(name);
  if (table) return lut({ knobs: Number(table[1]), levels: Number(table[2]), seed: Number(table[3]) });
  const classic = /^([a-z]+)_n(\d+)$/.exec(name);
  const found = classic && classicFunction(classic[1] ?? '', Number(classic[2]));
  if (found) return found;
  throw new FleetError(
    'invalid',
    `Cannot make the problem "${name}": there are comp12_s1, comp12_s1_n0.1, mis12_s1, lut20k5_s1, and ${Object.keys(FORMULAS).join(', ')} with _n64`,
  );
}

/** The problems of that suite that are like a network: with costs, limits and exact sizes. Undefined for other names. */
export function compressionProblemOf(name: string): CompressionProblem | undefined {
  const found = /^(comp|mis)(\d+)_s(\d+)(?:_n([\d.]+))?$/.exec(name);
  if (!found) return undefined;
  const instance = { layers: Number(found[2]), seed: Number(found[3]), noise: Number(found[4] ?? 0) };
  return found[1] === 'comp' ? comp(instance) : mis(instance);
}
