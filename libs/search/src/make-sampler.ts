import { FleetError } from '@fleetfit/core';
import { makeGrid } from './grid.ts';
import { makeRandom } from './random.ts';
import type { MakeSampler, Sampler, SamplerOptions } from './sampler.ts';

// To add a sampler: its file, a test that runs the contract, and one line here.
const SAMPLERS: ReadonlyMap<string, MakeSampler> = new Map([
  ['grid', makeGrid],
  ['random', makeRandom],
]);

/** Names that {@link makeSampler} knows. */
export const samplerNames: readonly string[] = [...SAMPLERS.keys()];

/** A sampler by name. @throws FleetError `invalid` for a name that there is no sampler for, or a snapshot of another one */
export function makeSampler(name: string, options: SamplerOptions): Sampler {
  const make = SAMPLERS.get(name);
  if (!make) throw new FleetError('invalid', `Cannot make the sampler "${name}": there are ${samplerNames.join(' and ')}`);
  return make(options);
}
