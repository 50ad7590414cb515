import type { Refusal, Rng } from '@fleetfit/core';
import type { Runtime, Tensor } from '@fleetfit/runtime';
import type { Argument, Knob } from '@fleetfit/space';
import type { GraphEditor, GraphView } from './graph-view.ts';
import type { Model, Node } from './model.ts';

/** A local rewrite: `match` looks and may refuse, `rewrite` writes and may not. */
export interface Rule<Match> {
  readonly name: string;
  match(node: Node, graph: GraphView): Match | Refusal;
  rewrite(match: Match, graph: GraphEditor): void;
}

/** Images for fitting, already prepared as the model's input. Batches can be read again and come in the same order. */
export interface Calibration {
  readonly input: string;
  readonly count: number;
  batches(size: number): Iterable<Tensor>;
}

export interface PassContext {
  readonly runtime: Runtime;
  /** Threads the pass may use. */
  readonly threads: number;
  /** Absent when a sweep has no calibration images: passes that need them refuse. */
  readonly calibration: Calibration | undefined;
  /** The model before the first pass of the recipe: teacher of distillation, target of `fit=original`. */
  readonly original: Model;
  readonly rng: Rng;
  readonly signal: AbortSignal;
  /** `done` in 0..1, and what is being done: `statistics of layer 12 of 53`. */
  progress(done: number, what: string): void;
}

/** One thing a pass did, or did not do and why: the history of a candidate. */
export type Change =
  | { readonly kind: 'changed'; readonly layer: string; readonly what: string }
  | { readonly kind: 'refused'; readonly layer: string; readonly why: string };

export interface PassResult {
  readonly model: Model;
  /** Empty: the pass had nothing to do. */
  readonly changes: readonly Change[];
  /** By node id in the new model: id of the layer of the original model it stands for. Nodes that keep their id need no entry. */
  readonly origins: ReadonlyMap<string, string>;
}

export interface Parameter {
  readonly key: string;
  /** For --help and errors. */
  readonly about: string;
  readonly values: readonly Argument[] | 'integer' | 'number' | 'text';
  /** Absent: must be given. */
  readonly default?: Argument;
}

export type Arguments = Readonly<Record<string, Argument>>;

/** A change of a whole model, named by a word of a recipe. */
export interface Pass {
  readonly word: string;
  readonly about: string;
  readonly parameters: readonly Parameter[];
  /** The step as a sentence for people: `Int8 weights and activations per channel, MSE ranges`. */
  sentence(args: Arguments): string;
  /** Knobs this pass offers for a model: levels, layer, role, exact size and MACs of a level. */
  knobs(model: Model): readonly Knob[];
  /** Refuses the whole step before anything is done. */
  requires(model: Model, args: Arguments): Refusal | undefined;
  /** Refuses what only the context can tell: calibration images that are missing. */
  apply(model: Model, args: Arguments, context: PassContext): Promise<PassResult | Refusal>;
}
