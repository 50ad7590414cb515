import { FleetError } from '@fleetfit/core';
import { parseRecipe, pointOf, type Space } from '@fleetfit/space';
import { encodeSpace } from './encoded-space.ts';
import type { Goal } from './goal.ts';
import { normalScores } from './gp.ts';
import { fitGp } from './gp-model.ts';
import { type Answer, answerOf, stateOf } from './history.ts';
import type { Told } from './sampler.ts';

/** How much a knob matters. */
export interface KnobImportance {
  readonly knob: string;
  /** Its share of what all knobs explain by themselves, 0 to 1; all knobs add up to 1. */
  readonly share: number;
  /** By level: how far it moves a candidate in the ranking, in standard deviations; below 0 is better. */
  readonly levels: readonly { readonly name: string; readonly effect: number }[];
}

/** Fewer told candidates than this say nothing of single knobs. */
const LEAST = 12;

/**
 * What mattered in a sweep: a functional analysis of variance (Hutter, Hoos and Leyton-Brown, ICML 2014) of the main effects of a Gaussian
 * process that is fitted to everything told. The most important first; none while fewer than 12 candidates are known.
 */
export function importanceOfKnobs(space: Space, goal: Goal, told: readonly Told[]): readonly KnobImportance[] {
  const encoded = encodeSpace(space);
  const answers = new Map<string, Map<Told['deviceClass'], Answer>>();
  for (const each of told) {
    const of = answers.get(each.recipe) ?? new Map<Told['deviceClass'], Answer>();
    answers.set(each.recipe, of.set(each.deviceClass, answerOf(each, goal)));
  }
  const rows = [...answers].flatMap(([recipe, of]) => {
    const state = stateOf(of, goal);
    const point = pointOf(space, parseRecipe(recipe));
    return state.kind === 'scored' && point ? [{ levels: encoded.levelsAt(point), score: state.score }] : [];
  });
  if (rows.length < LEAST) return [];
  const values = normalScores(rows.map(({ score }) => score));
  const model = fitGp(encoded.axes, { points: rows.map(({ levels }) => levels), values }, []);
  const effects = space.knobs.map((knob, axis) => {
    const effect = centred(model.mainEffect(axis));
    return { knob, effect, variance: effect.reduce((sum, each) => sum + each * each, 0) / Math.max(1, effect.length) };
  });
  const total = effects.reduce((sum, { variance }) => sum + variance, 0);
  if (!(total > 0)) throw new FleetError('bug', 'Cannot say which knobs matter: no effect varies');
  return effects
    .map(({ knob, effect, variance }) => ({
      knob: knob.name,
      share: variance / total,
      levels: knob.levels.map(({ name }, i) => ({ name, effect: effect[i] ?? 0 })),
    }))
    .sort((a, b) => b.share - a.share);
}

function centred(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, each) => sum + each, 0) / Math.max(1, values.length);
  return values.map((each) => each - mean);
}
