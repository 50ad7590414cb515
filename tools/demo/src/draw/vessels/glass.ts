import { hex } from '../colour.ts';
import { printedPattern } from '../decorations.ts';
import { pour } from '../liquids.ts';
import { between, chance, oneOf } from '../pick.ts';
import { profile } from '../profile.ts';
import { straw } from '../straw.ts';
import type { MakeVessel } from '../vessel.ts';

/** A tumbler: clear or tinted, straight, tapered or waisted, full or empty, sometimes with a straw. */
export const glass: MakeVessel = (rng, style) => {
  const wide = between(rng, 0.22, 0.44);
  const foot = wide * between(rng, 0.66, 1);
  const outline = oneOf(rng, [
    profile([0, foot], [1, wide]),
    profile([0, foot], [0.04, foot * 1.04], [1, wide]),
    profile([0, foot], [0.3, foot * 0.9, 'ease'], [0.8, wide * 1.05, 'ease'], [1, wide * 0.98, 'ease']),
  ]);
  const bottom = between(rng, 0.04, 0.12);
  const liquid = pour(rng, 'cold', { from: bottom, to: 0.93, emptyChance: 0.22 });
  const clear = chance(rng, 0.75);
  return {
    parts: [
      {
        kind: 'revolved',
        solid: {
          outline,
          colour: hex('#ffffff'),
          ...(chance(rng, 0.15) ? { decoration: printedPattern(rng, style, [0.35, 0.7]) } : {}),
          gloss: 0.6,
          glass: {
            tint: clear ? hex('#dfeaea') : oneOf(rng, [hex('#9fc7d8'), hex('#b9d69b'), hex('#e2b48c'), hex('#c9b2d6')]),
            density: clear ? 0.12 : 0.5,
          },
          inside: hex('#ffffff'),
          ...(liquid ? { liquid } : {}),
        },
      },
      ...(chance(rng, 0.22) ? [straw(rng, style, { height: 0.97, radius: wide * 0.6 })] : []),
    ],
    height: 1,
    foot,
    reach: wide,
  };
};
