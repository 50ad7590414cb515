import { hex, mix } from '../colour.ts';
import { printedPattern } from '../decorations.ts';
import { withHandle } from '../handles.ts';
import { pour } from '../liquids.ts';
import { between, chance } from '../pick.ts';
import { profile } from '../profile.ts';
import type { MakeVessel, Part } from '../vessel.ts';

/** A pitcher: a belly, a neck that flares, a big ear; of glass, or glazed. */
export const pitcher: MakeVessel = (rng, style) => {
  const wide = between(rng, 0.29, 0.37);
  const neck = wide * between(rng, 0.6, 0.82);
  const foot = wide * between(rng, 0.68, 0.85);
  const belly = between(rng, 0.26, 0.4);
  const outline = profile([0, foot], [belly, wide, 'round'], [0.76, neck, 'ease'], [1, neck * between(rng, 1.15, 1.35), 'ease']);
  const clear = chance(rng, 0.5);
  const colour = clear ? hex('#dfeaea') : style.paint(rng);
  const liquid = pour(rng, 'cold', { from: 0.05, to: 0.86, emptyChance: clear ? 0.2 : 0.5 });
  const body: Part = {
    kind: 'revolved',
    solid: {
      outline,
      colour,
      ...(clear ? { glass: { tint: colour, density: 0.14 } } : { decoration: printedPattern(rng, style, [0.12, 0.62]) }),
      gloss: between(rng, 0.4, 1),
      inside: clear ? hex('#ffffff') : mix(colour, [0.85, 0.83, 0.78], 0.6),
      ...(liquid ? { liquid } : {}),
    },
  };
  const ear = {
    low: between(rng, 0.28, 0.4),
    high: between(rng, 0.86, 0.95),
    out: between(rng, 0.2, 0.3),
    radius: between(rng, 0.035, 0.055),
  };
  const handle = { outline, ...ear, colour: clear ? hex('#c9d8d8') : colour, gloss: 0.7, ...(clear ? { opacity: 0.72 } : {}) };
  return { parts: withHandle(rng, body, handle), height: 1, foot, reach: wide + 0.2 };
};
