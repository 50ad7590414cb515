import { FleetError, isRefusal, type Refusal, refuse, toFleetError } from '@fleetfit/core';
import {
  type Arguments,
  type Change,
  type Model,
  type Pass,
  type PassContext,
  requireSupportedOpset,
  verifyModel,
  viewOf,
} from '@fleetfit/onnx';
import { formatRecipe, type Recipe, type Step } from '@fleetfit/space';
import { calibrationFor } from './calibration-for.ts';
import { completeArguments, passOf } from './complete-arguments.ts';

/** What one step of a recipe did, for the history of a candidate. */
export interface AppliedStep {
  /** With every argument, defaults included. */
  readonly step: Step;
  readonly sentence: string;
  readonly changes: readonly Change[];
}

/** A recipe that went through. */
export interface Applied {
  readonly kind: 'applied';
  readonly model: Model;
  readonly history: readonly AppliedStep[];
  /** By node id in the model: id of the layer of the original that it stands for. Nodes that kept their id have no entry. */
  readonly origins: ReadonlyMap<string, string>;
}

export interface ApplyOptions {
  readonly passes: readonly Pass[];
  readonly context: PassContext;
}

/**
 * Applies the passes of a recipe one after another and verifies the model after each.
 * The same recipe, model and calibration images give the same bytes (for one runtime, CPU and number of threads).
 *
 * A pass that will not apply gives a Refusal that names the step. All words and arguments are checked before the first pass runs.
 *
 * @throws FleetError `invalid` for an unknown word or a bad argument, `cancelled` when the signal says so,
 *   `bug` when a pass leaves a model that does not hang together
 */
export async function applyRecipe(model: Model, recipe: Recipe, { passes, context }: ApplyOptions): Promise<Applied | Refusal> {
  const steps = recipe.map((step) => {
    const pass = passOf(step, passes);
    return { pass, step: { word: step.word, args: completeArguments(step, pass) } };
  });
  if (steps.length > 0) requireSupportedOpset(model);
  let applied: Applied = { kind: 'applied', model, history: [], origins: new Map() };
  for (const [i, { pass, step }] of steps.entries()) {
    const next = await applyStep(applied, { pass, step, context: partOf(context, i, steps.length) });
    if (isRefusal(next)) return refuse(`${formatRecipe(recipe.slice(i, i + 1))}: ${next.why}`);
    applied = next;
  }
  context.progress(1, 'done');
  return applied;
}

async function applyStep(before: Applied, by: { pass: Pass; step: Step; context: PassContext }): Promise<Applied | Refusal> {
  const { pass, step } = by;
  const calibration = by.context.calibration && calibrationFor(before.model, by.context.calibration);
  const context: PassContext = { ...by.context, calibration };
  const args: Arguments = step.args;
  if (context.signal.aborted) throw cancelled(pass.word);
  context.progress(0, pass.sentence(args));
  const refusal = pass.requires(before.model, args);
  if (refusal) return refusal;
  const result = await attempt(pass, () => pass.apply(before.model, args, context));
  if (isRefusal(result)) return result;
  await attempt(pass, async () => verifyModel(result.model));
  const done: AppliedStep = { step, sentence: pass.sentence(args), changes: result.changes };
  const origins = composedOrigins(result.model, before.origins, result.origins);
  return { kind: 'applied', model: result.model, history: [...before.history, done], origins };
}

async function attempt<Result>(pass: Pass, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (thrown) {
    const error = toFleetError(thrown, `Cannot apply "${pass.word}"`);
    throw error.code === 'cancelled' ? cancelled(pass.word, error) : error;
  }
}

const cancelled = (word: string, cause?: unknown): FleetError =>
  new FleetError('cancelled', `Cannot apply "${word}": cancelled`, { cause });

/** Progress of one step as its share of the whole. */
function partOf(context: PassContext, step: number, steps: number): PassContext {
  return { ...context, progress: (done, what) => context.progress((step + Math.min(1, Math.max(0, done))) / steps, what) };
}

function composedOrigins(
  model: Model,
  earlier: ReadonlyMap<string, string>,
  latest: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const graph = viewOf(model);
  const origins = new Map<string, string>();
  for (const node of graph.nodes) {
    const id = graph.idOf(node);
    const before = latest.get(id) ?? id;
    const origin = earlier.get(before) ?? before;
    if (origin !== id) origins.set(id, origin);
  }
  return origins;
}
