import { hex } from '../colour.ts';
import { pour } from '../liquids.ts';
import { between } from '../pick.ts';
import { profile } from '../profile.ts';
import type { MakeVessel } from '../vessel.ts';

/** A flute for sparkling wine: a stem and a tall narrow bowl. */
export const flute: MakeVessel = (rng) => {
  const wide = between(rng, 0.115, 0.155);
  const foot = between(rng, 0.14, 0.19);
  const stem = between(rng, 0.22, 0.36);
  const outline = profile(
    [0, foot],
    [0.015, foot],
    [0.06, 0.02, 'round'],
    [stem, 0.017],
    [stem + 0.28, wide * between(rng, 0.8, 1.05), 'round'],
    [1, wide * between(rng, 0.8, 1.1), 'ease'],
  );
  const liquid = pour(rng, 'sparkling', { from: stem + 0.02, to: 0.96, emptyChance: 0.2 });
  return {
    parts: [
      {
        kind: 'revolved',
        solid: {
          outline,
          colour: hex('#ffffff'),
          gloss: 0.7,
          glass: { tint: hex('#e0eaea'), density: 0.1 },
          inside: hex('#ffffff'),
          ...(liquid ? { liquid } : {}),
        },
      },
    ],
    height: 1,
    foot: foot * 0.8,
    reach: Math.max(foot, wide),
  };
};
