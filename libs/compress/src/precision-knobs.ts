import type { Argument, Knob, Recipe } from '@fleetfit/space';

/** The knob that chooses the form of the whole model; every pass may add levels to it. */
export const PRECISION = 'precision';

/** One more level of the knob that chooses the form of the whole model. */
export function precisionKnob(level: { name: string; label: string; steps: Recipe; bytes?: number }): Knob {
  const { name, label, steps, bytes } = level;
  const adds = { kind: 'steps', steps } as const;
  const levels = [bytes === undefined ? { name, label, adds } : { name, label, adds, bytes }];
  return { name: PRECISION, label: 'Precision', order: 'categorical', levels };
}

/** A knob that sets one argument of the step that a level of the precision knob added. Levels: what people read, by value. */
export function argumentKnob(
  of: { readonly word: string; readonly level: string },
  argument: { readonly key: string; readonly label: string; readonly levels: ReadonlyMap<Argument, string> },
): Knob {
  return {
    name: `${of.level}-${argument.key}`,
    label: argument.label,
    order: 'categorical',
    levels: [...argument.levels].map(([value, label]) => ({ name: String(value), label, adds: { kind: 'argument', value } })),
    sets: { word: of.word, key: argument.key },
    when: { knob: PRECISION, levels: [of.level] },
  };
}
