import { FleetError, isRefusal } from '@fleetfit/core';
import { encodeModel, type Model, type Pass } from '@fleetfit/onnx';
import type { Knob, Level, Space } from '@fleetfit/space';
import { costOfModel } from './cost-of-model.ts';
import { PRECISION } from './precision-knobs.ts';

/**
 * Everything that can be chosen for a model: the knobs of all passes that apply to it.
 * Knobs of the same name are one knob with the levels of all. The first point of the space is the original.
 * No two points have the same recipe.
 *
 * @param layers knobs of single layers ({@link layerKnobs}): their steps stand before those that change the form of numbers
 */
export function spaceOfModel(model: Model, passes: readonly Pass[], layers: readonly Knob[] = []): Space {
  const macs = costOfModel(model).macs;
  const original: Level = { name: 'float32', label: '32-bit float', adds: { kind: 'steps', steps: [] }, bytes: encodeModel(model).length };
  const precision: Knob = { name: PRECISION, label: 'Precision', order: 'categorical', levels: [original] };
  const offered = passes.filter((pass) => applies(pass, model)).flatMap((pass) => pass.knobs(model));
  const knobs = offered.reduce(joined, [precision]);
  return { knobs: [...layers, ...knobs.map((knob) => (knob.name === PRECISION && macs !== undefined ? withMacs(knob, macs) : knob))] };
}

function applies(pass: Pass, model: Model): boolean {
  const defaults = pass.parameters.flatMap(({ key, default: value }) => (value === undefined ? [] : [[key, value] as const]));
  return !isRefusal(pass.requires(model, Object.fromEntries(defaults)));
}

function joined(knobs: readonly Knob[], knob: Knob): Knob[] {
  const at = knobs.findIndex((each) => each.name === knob.name);
  const before = knobs[at];
  if (!before) return [...knobs, knob];
  const twice = knob.levels.find((level) => before.levels.some((each) => each.name === level.name));
  if (twice || knob.when || before.when)
    throw new FleetError(
      'bug',
      `Cannot make the space: two passes offer knob "${knob.name}"${twice ? ` with level "${twice.name}"` : ' with conditions'}`,
    );
  return knobs.with(at, { ...before, levels: [...before.levels, ...knob.levels] });
}

// None of the levels changes what is multiplied, only in which form.
const withMacs = (knob: Knob, macs: number): Knob => ({ ...knob, levels: knob.levels.map((level) => ({ macs, ...level })) });
