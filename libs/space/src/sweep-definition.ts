import { z } from 'zod';

/**
 * What a sweep is, once for flags, API and file. Every field has a default but the model and the dataset;
 * every wait and block length is a setting, recorded in each report, so that tests and demo can shorten them.
 */
export const measureSettings = z.object({
  /** Blocks of the candidate; the control runs before and after each (C X X C). */
  blocks: z.number().int().min(2).max(200).default(12),
  /** Shortest block, in ms; a block has at least five runs however slow the model. */
  blockMs: z.number().min(1).max(10_000).default(150),
  /** Longest warm-up, in ms; it ends early once blocks agree. */
  warmUpMs: z.number().min(0).max(60_000).default(1_000),
  /** Stop before `blocks` once the 95 % interval of the ratio to the control is narrower than this, as a fraction. */
  precision: z.number().min(0.001).max(0.5).default(0.02),
});
export type MeasureSettings = z.output<typeof measureSettings>;

export const fleetSettings = z.object({
  /** A lease without a heartbeat for this long is lost. */
  leaseMs: z.number().min(500).default(60_000),
  /** How often a device says that it is alive. */
  heartbeatMs: z.number().min(50).default(10_000),
  /** How long a device waits for work in one request. */
  pollMs: z.number().min(100).default(25_000),
  /** Attempts of one job on one class before its outcome is `failed`. */
  attempts: z.number().int().min(1).max(20).default(3),
});
export type FleetSettings = z.output<typeof fleetSettings>;

export const objective = z.enum(['accuracy', 'latency', 'size', 'memory']);

export const constraints = z.object({
  /** Largest loss of top-1 against the original, in points (1 = one percentage point). */
  accuracyDropPoints: z.number().min(0).optional(),
  latencyMs: z.number().positive().optional(),
  sizeBytes: z.number().int().positive().optional(),
});
export type Constraints = z.output<typeof constraints>;

/** Who chooses recipes; what each is good for stands in the README of `@fleetfit/search`. */
export const SAMPLERS = ['grid', 'random', 'quasi-random', 'tpe', 'gp', 'cma-es', 'nsga2', 'tt-cross', 'tetra'] as const;

export const sweepDefinition = z.object({
  name: z.string().min(1).max(120).optional(),
  model: z.string().min(1),
  dataset: z.string().min(1),
  /** Ids of device classes, or all that have an approved device when the sweep starts. */
  classes: z.union([z.literal('all'), z.array(z.string()).min(1)]).default('all'),
  sampler: z.enum(SAMPLERS).default('grid'),
  seed: z.number().int().min(0).default(1),
  /** Candidates besides the original, which is always measured. */
  candidates: z.number().int().min(1).max(100_000).default(24),
  /** Recipes to try instead of a sampler's. */
  recipes: z.array(z.string()).min(1).optional(),
  /** Levels that may be chosen, by name of their knob; knobs that are not named keep all of theirs. */
  knobs: z.record(z.string(), z.array(z.string()).min(1)).optional(),
  objectives: z.array(objective).min(1).default(['accuracy', 'latency']),
  /** Without any, a sweep may lose one point: something has to be held, or the emptiest model would win. */
  constraints: constraints.default({ accuracyDropPoints: 1 }),
  /** Limits of single classes by id: they stand over `constraints`. */
  classConstraints: z.record(z.string(), constraints).default({}),
  /** Validation images a candidate is judged on, split over the devices of a class. */
  images: z.number().int().min(1).default(1_000),
  calibrationImages: z.number().int().min(1).default(100),
  /**
   * Measure the shares of a candidate's images one after the other, and stop as soon as they show that it loses more accuracy than its limit
   * allows. Saves most of the images where many candidates are bad and a class has several devices; good candidates take longer.
   */
  race: z.boolean().optional(),
  measure: measureSettings.prefault({}),
  fleet: fleetSettings.prefault({}),
});

/** As written by people: defaults may be missing. */
export type SweepDefinitionInput = z.input<typeof sweepDefinition>;
/** With every default filled in. */
export type SweepDefinition = z.output<typeof sweepDefinition>;
