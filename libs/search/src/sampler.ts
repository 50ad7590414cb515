import type { DeviceClassId, Outcome } from '@fleetfit/core';
import type { Point, Recipe, Space } from '@fleetfit/space';
import type { Goal } from './goal.ts';

/**
 * How much is spent on knowing an answer: each a share, above 0 up to 1, of what the sweep allows
 * (validation images, timed blocks, training epochs).
 */
export interface Fidelity {
  readonly images: number;
  readonly runs: number;
  readonly epochs: number;
}

/** Everything that the sweep allows. */
export const FULL_FIDELITY: Fidelity = { images: 1, runs: 1, epochs: 1 };

/** A candidate that a sampler wants to know about. */
export interface Ask {
  /** Where it stands in the space; null for a recipe that was given by hand. */
  readonly point: Point | null;
  readonly recipe: Recipe;
  readonly classes: readonly DeviceClassId[] | 'all';
  readonly fidelity: Fidelity;
}

/** What became of a candidate on one device class. */
export interface Told {
  /** As `formatRecipe` writes it. */
  readonly recipe: string;
  readonly deviceClass: DeviceClassId;
  readonly outcome: Outcome;
  readonly fidelity: Fidelity;
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** All that a sampler must remember, as JSON: it is stored with the events of a sweep. */
export interface Snapshot {
  readonly sampler: string;
  /** Of the sampler's own state. */
  readonly version: number;
  readonly state: Json;
}

/**
 * Chooses what to try next. Deterministic: the same options, asks and tells give the same answers, on any CPU.
 * It never asks for the original (every sweep measures that) nor twice for the same recipe at the same fidelity.
 */
export interface Sampler {
  /**
   * Up to `count` candidates. Fewer: there is nothing more to ask until it is told more;
   * none while every answer has been told: the space is exhausted.
   */
  ask(count: number): readonly Ask[];
  /**
   * Outcomes in any order: some, late, repeated, failed, refused, infeasible, or of recipes that this sampler never asked for.
   * What is told is only read, never kept by reference.
   */
  tell(told: readonly Told[]): void;
  /** Everything asked and told so far; a sampler made from it goes on exactly as this one would. */
  snapshot(): Snapshot;
}

export interface SamplerOptions {
  readonly space: Space;
  readonly seed: number;
  /** Device classes of the sweep. */
  readonly classes: readonly DeviceClassId[];
  /** What is wanted and what is known before anything is measured; absent: the most accurate. */
  readonly goal?: Goal;
  /**
   * Exact bytes of a point, where it can be computed. Without it `Level.bytes` are used, where all levels of a layer have them:
   * shares of the original within a layer are multiplied, layers are added.
   */
  readonly sizeOf?: (point: Point) => number;
  /** How many candidates the sweep may measure, where that is known. */
  readonly budget?: number;
  /** Goes on from here. @throws FleetError `invalid` for a snapshot of another sampler */
  readonly snapshot?: Snapshot;
}

export type MakeSampler = (options: SamplerOptions) => Sampler;
