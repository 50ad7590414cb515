import type { DeviceClassId } from '@fleetfit/core';
import { type Goal, makeSampler, type Snapshot, type Told } from '@fleetfit/search';
import { formatRecipe, type Space } from '@fleetfit/space';

/** A question to a sampler, whole: so that it can be asked in any thread, after any restart. */
export interface AskedOfSampler {
  readonly sampler: string;
  readonly seed: number;
  readonly space: Space;
  readonly classes: readonly DeviceClassId[];
  readonly goal: Goal;
  /** How many candidates the sweep may measure in all. */
  readonly budget: number;
  readonly snapshot: Snapshot | undefined;
  readonly told: readonly Told[];
  readonly count: number;
}

export interface SamplerAnswer {
  /** Recipes as text. */
  readonly recipes: readonly string[];
  readonly snapshot: Snapshot;
  /** Fewer came than were asked for: there is nothing more. */
  readonly exhausted: boolean;
}

/** Restores the sampler, tells it everything (it knows what it knows already) and asks. */
export function askSampler(question: AskedOfSampler): SamplerAnswer {
  const { sampler: name, snapshot, told, count, ...options } = question;
  const sampler = makeSampler(name, { ...options, ...(snapshot && { snapshot }) });
  sampler.tell(told);
  const asks = sampler.ask(count);
  return { recipes: asks.map(({ recipe }) => formatRecipe(recipe)), snapshot: sampler.snapshot(), exhausted: asks.length < count };
}
