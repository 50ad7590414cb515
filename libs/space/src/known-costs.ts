import { isActive, type Knob, type Level, type Point, type Space } from './space.ts';

type Cost = 'bytes' | 'macs';

/** The level of a knob that leaves its layer as it is: that adds nothing, else has the most bytes, else comes first. */
export function neutralLevel(knob: Knob): Level | undefined {
  const idle = knob.levels.find(({ adds }) => adds.kind === 'steps' && adds.steps.length === 0);
  if (idle) return idle;
  return knob.levels.reduce<Level | undefined>((most, level) => ((level.bytes ?? 0) > (most?.bytes ?? 0) ? level : most), knob.levels[0]);
}

/**
 * Bytes or multiply-accumulates of a point as far as its levels say them: within a layer each knob leaves a share of what its neutral
 * level has, shares multiply and layers add up; knobs of the whole model leave a share of that. Undefined where no level says anything,
 * and where one is chosen that does not say.
 */
export function knownCost({ knobs }: Space, cost: Cost, point: Point): number | undefined {
  const layers = new Map<string | undefined, { whole: number; share: number }>();
  for (const knob of knobs) {
    const whole = neutralLevel(knob)?.[cost];
    if (whole === undefined || whole <= 0) continue;
    const chosen = isActive(knob, point) ? knob.levels.find(({ name }) => name === point[knob.name])?.[cost] : whole;
    if (chosen === undefined) return undefined;
    const before = layers.get(knob.layer) ?? { whole, share: 1 };
    layers.set(knob.layer, { whole: before.whole, share: (before.share * chosen) / whole });
  }
  const model = layers.get(undefined);
  layers.delete(undefined);
  if (layers.size === 0) return model && model.whole * model.share;
  const sum = [...layers.values()].reduce((total, { whole, share }) => total + whole * share, 0);
  return sum * (model?.share ?? 1);
}

/** Whether a point keeps the limits of its space, as far as its costs are known before measuring. */
export function isWithin(space: Space, point: Point): boolean {
  const { bytes, macs } = space.limits ?? {};
  const keeps = (cost: Cost, most: number | undefined): boolean => most === undefined || (knownCost(space, cost, point) ?? 0) <= most;
  return keeps('bytes', bytes) && keeps('macs', macs);
}
