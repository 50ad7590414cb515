import type { Rng } from '@fleetfit/core';
import { hex } from './colour.ts';
import type { Vector } from './light.ts';
import { between, chance } from './pick.ts';
import type { Style } from './style.ts';
import type { Part } from './vessel.ts';

/** The part of a drinking straw that stands out of an opening; half of them bend. */
export function straw(rng: Rng, style: Style, opening: { readonly height: number; readonly radius: number }): Part {
  const lean = between(rng, -1, 1) * 0.35;
  const long = between(rng, 0.2, 0.4);
  const side = Math.sign(lean) * opening.radius * 0.6;
  const bottom: Vector = [side, opening.height, -opening.radius * 0.3];
  const top: Vector = [side + lean * long, opening.height + long, -opening.radius * 0.3];
  const bent: Vector = [top[0] + Math.sign(lean) * 0.16, top[1] + 0.05, top[2]];
  return {
    kind: 'tube',
    tube: {
      path: chance(rng, 0.5) ? [bottom, top] : [bottom, top, bent],
      radius: between(rng, 0.018, 0.03),
      colour: style.paint(rng),
      gloss: 0.3,
      ...(chance(rng, 0.5) ? { stripes: hex('#f6f3ec') } : {}),
    },
  };
}
