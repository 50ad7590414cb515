import { FleetError } from '@fleetfit/core';
import { makeCmaEs } from './cma-es.ts';
import { makeGp } from './gp.ts';
import { makeGrid } from './grid.ts';
import { makeNsga2 } from './nsga2.ts';
import { makeQuasiRandom } from './quasi-random.ts';
import { makeRandom } from './random.ts';
import type { MakeSampler, Sampler, SamplerOptions } from './sampler.ts';
import { makeTetra } from './tetra/make-tetra.ts';
import { makeTpe } from './tpe.ts';
import { makeTtCross } from './tt-cross.ts';

// To add a sampler: its file, a test that runs the contract, and one line here.
const SAMPLERS: ReadonlyMap<string, MakeSampler> = new Map([
  ['grid', makeGrid],
  ['random', makeRandom],
  ['quasi-random', makeQuasiRandom],
  ['tpe', makeTpe],
  ['gp', makeGp],
  ['cma-es', makeCmaEs],
  ['nsga2', makeNsga2],
  ['tt-cross', makeTtCross],
  ['tetra', makeTetra],
]);

/** Names that {@link makeSampler} knows. */
export const samplerNames: readonly string[] = [...SAMPLERS.keys()];

/** A sampler by name. @throws FleetError `invalid` for a name that there is no sampler for, or a snapshot of another one */
export function makeSampler(name: string, options: SamplerOptions): Sampler {
  const make = SAMPLERS.get(name);
  if (!make) throw new FleetError('invalid', `Cannot make the sampler "${name}": there are ${samplerNames.join(', ')}`);
  return make(options);
}
