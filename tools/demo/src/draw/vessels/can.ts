import { hex, mix } from '../colour.ts';
import { label, layered, printedPattern, ring } from '../decorations.ts';
import { between, chance } from '../pick.ts';
import { profile } from '../profile.ts';
import { straw } from '../straw.ts';
import type { MakeVessel } from '../vessel.ts';

/** A drink can: printed metal between two silver rims, with a pull tab. */
export const can: MakeVessel = (rng, style) => {
  const wide = chance(rng, 0.3) ? between(rng, 0.21, 0.25) : between(rng, 0.25, 0.31);
  const outline = profile([0, wide * 0.78], [0.05, wide], [0.9, wide], [0.97, wide * 0.86, 'ease'], [1, wide * 0.9]);
  const silver = hex('#c9ccd0');
  const colour = chance(rng, 0.2) ? silver : style.paint(rng);
  const print = chance(rng, 0.5) ? label(rng, style, [0.08, 0.9]) : printedPattern(rng, style, [0.08, 0.9]);
  return {
    parts: [
      {
        kind: 'revolved',
        solid: {
          outline,
          colour,
          decoration: layered(ring(0.91, 1, silver), ring(0, 0.05, mix(silver, colour, 0.2)), print),
          gloss: between(rng, 0.4, 1),
          lid: silver,
          inside: silver,
        },
      },
      ...(chance(rng, 0.12) ? [straw(rng, style, { height: 0.99, radius: wide * 0.3 })] : []),
    ],
    height: 1,
    foot: wide * 0.9,
    reach: wide,
  };
};
