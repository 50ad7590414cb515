import type { Bench } from './bench.ts';
import { architectureChecks, architectureMatches, togetherRows } from './search/architecture-matches.ts';
import { classicChecks, classicMatches } from './search/classic-matches.ts';
import { compressionChecks, compressionMatches } from './search/compression-matches.ts';
import { deviceChecks, deviceRows } from './search/device-rows.ts';
import { pairChecks, pairMatches } from './search/pair-matches.ts';

/**
 * Samplers against each other and against Optuna on the same problems, seeds, noise, budgets and batches. A row is one method on one
 * problem with one seed. Tetra is given what the product has, metrics and exact sizes; `tetra-scalar` and everybody else one number.
 */
export const bench: Bench = {
  about: 'how good the best found is after so many evaluations, beside Optuna where it is installed',
  rows: [
    ...[...compressionMatches(), ...pairMatches(), ...architectureMatches(), ...classicMatches()].map(({ plan }) => plan),
    ...togetherRows(),
    ...deviceRows(),
  ],
  checks: (rows) => [
    ...compressionChecks(rows),
    ...pairChecks(rows),
    ...architectureChecks(rows),
    ...deviceChecks(rows),
    ...classicChecks(rows),
  ],
};
