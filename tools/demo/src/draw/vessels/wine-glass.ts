import { hex } from '../colour.ts';
import { pour } from '../liquids.ts';
import { between } from '../pick.ts';
import { profile } from '../profile.ts';
import type { MakeVessel } from '../vessel.ts';

/** A wine glass: a foot, a stem, and a bowl that is widest low down. */
export const wineGlass: MakeVessel = (rng) => {
  const wide = between(rng, 0.2, 0.28);
  const foot = wide * between(rng, 0.75, 1);
  const stem = between(rng, 0.3, 0.48);
  const belly = stem + (1 - stem) * between(rng, 0.35, 0.55);
  const outline = profile(
    [0, foot],
    [0.02, foot],
    [0.08, 0.025, 'round'],
    [stem, 0.02],
    [stem + 0.03, 0.05, 'line'],
    [belly, wide, 'round'],
    [1, wide * between(rng, 0.66, 0.9), 'ease'],
  );
  const liquid = pour(rng, 'wine', { from: stem + 0.03, to: belly + (1 - belly) * 0.5, emptyChance: 0.22 });
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
    reach: wide,
  };
};
