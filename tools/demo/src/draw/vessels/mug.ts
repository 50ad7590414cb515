import { mix } from '../colour.ts';
import { layered, printedPattern, ring } from '../decorations.ts';
import { withHandle } from '../handles.ts';
import { pour } from '../liquids.ts';
import { between, chance } from '../pick.ts';
import { profile } from '../profile.ts';
import type { MakeVessel } from '../vessel.ts';

/** A glazed mug: nearly straight walls, one ear. */
export const mug: MakeVessel = (rng, style) => {
  const wide = between(rng, 0.36, 0.46);
  const taper = between(rng, 0.86, 1.06);
  const outline = chance(rng, 0.3)
    ? profile([0, wide * 0.8], [0.35, wide * 1.05, 'round'], [1, wide * 0.95, 'ease'])
    : profile([0, wide * 0.9 * taper], [0.05, wide * taper], [1, wide]);
  const colour = style.paint(rng);
  const liquid = pour(rng, 'hot', { from: 0.08, to: 0.94, emptyChance: 0.25 });
  const rim = chance(rng, 0.3) ? ring(0.95, 1, mix(colour, style.paint(rng), 0.8)) : () => undefined;
  const body = {
    kind: 'revolved' as const,
    solid: {
      outline,
      colour,
      decoration: layered(rim, printedPattern(rng, style, [0.12, 0.9])),
      gloss: between(rng, 0.1, 0.9),
      inside: chance(rng, 0.6) ? mix(colour, [0.85, 0.83, 0.78], 0.85) : colour,
      ...(liquid ? { liquid } : {}),
    },
  };
  const ear = {
    low: between(rng, 0.15, 0.25),
    high: between(rng, 0.75, 0.88),
    out: between(rng, 0.2, 0.3),
    radius: between(rng, 0.045, 0.07),
  };
  return { parts: withHandle(rng, body, { outline, ...ear, colour, gloss: 0.4 }), height: 1, foot: wide * 0.9, reach: wide + 0.2 };
};
