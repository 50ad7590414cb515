import { mix } from '../colour.ts';
import { layered, printedPattern, ring } from '../decorations.ts';
import { withHandle } from '../handles.ts';
import { pour } from '../liquids.ts';
import { between, chance } from '../pick.ts';
import { profile } from '../profile.ts';
import type { MakeVessel, Part } from '../vessel.ts';

/** A teacup: a flaring bowl on a small foot, a thin ear, mostly on a saucer. */
export const teacup: MakeVessel = (rng, style) => {
  const wide = between(rng, 0.52, 0.64);
  const tall = between(rng, 0.62, 0.8);
  const outline = profile([0, 0.28], [0.06, 0.24], [tall * 0.55, wide * 0.85, 'round'], [tall, wide, 'ease']);
  const colour = style.paint(rng);
  const liquid = pour(rng, 'hot', { from: tall * 0.3, to: tall * 0.92, emptyChance: 0.2 });
  const trim = style.paint(rng);
  const saucer = chance(rng, 0.78);
  const lift = saucer ? 0.05 : 0;
  const body: Part = {
    kind: 'revolved',
    lift,
    solid: {
      outline,
      colour,
      decoration: chance(rng, 0.6)
        ? layered(ring(tall * 0.92, tall, trim), printedPattern(rng, style, [tall * 0.3, tall * 0.9]))
        : ring(tall * 0.94, tall, trim),
      gloss: between(rng, 0.3, 1),
      inside: mix(colour, [0.86, 0.84, 0.8], 0.8),
      ...(liquid ? { liquid } : {}),
    },
  };
  const plate: Part = {
    kind: 'revolved',
    solid: {
      outline: profile([0, 0.42], [0.03, 0.5], [0.1, wide * 1.65, 'ease']),
      colour,
      decoration: ring(0.085, 0.1, trim),
      gloss: 0.5,
      inside: mix(colour, trim, 0.1),
    },
  };
  const ear = { low: tall * 0.35, high: tall * 0.85, out: between(rng, 0.16, 0.26), radius: between(rng, 0.03, 0.045), lift };
  const parts = withHandle(rng, body, { outline, ...ear, colour: mix(colour, trim, chance(rng, 0.3) ? 1 : 0), gloss: 0.6 });
  return {
    parts: saucer ? [plate, ...parts] : parts,
    height: tall + lift,
    foot: saucer ? wide * 1.2 : 0.32,
    reach: saucer ? wide * 1.5 : wide + 0.15,
  };
};
