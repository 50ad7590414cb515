import { hex, mix } from '../colour.ts';
import { label, layered, printedPattern, ring } from '../decorations.ts';
import { pour } from '../liquids.ts';
import { between, chance, oneOf } from '../pick.ts';
import { type ControlPoint, profile } from '../profile.ts';
import { straw } from '../straw.ts';
import type { MakeVessel } from '../vessel.ts';

/** A paper cup to take away: a cone that widens upwards, with a domed lid or a rolled rim, often a sleeve. */
export const paperCup: MakeVessel = (rng, style) => {
  const wide = between(rng, 0.28, 0.37);
  const foot = wide * between(rng, 0.64, 0.78);
  const lidded = chance(rng, 0.62);
  const shell: readonly ControlPoint[] = [
    [0, foot],
    [0.02, foot],
    [lidded ? 0.88 : 0.965, wide],
  ];
  const outline = lidded
    ? profile(...shell, [0.885, wide * 1.07], [0.925, wide * 1.07], [0.93, wide * 0.94], [1, wide * 0.86, 'ease'])
    : profile(...shell, [0.97, wide * 1.06], [1, wide * 1.06]);
  const colour = oneOf(rng, [hex('#f3efe7'), hex('#f3efe7'), hex('#b98d5d'), style.paint(rng)]);
  const lid = oneOf(rng, [hex('#f5f4f1'), hex('#2b2725'), hex('#7a4b2c'), style.paint(rng)]);
  const sleeve = chance(rng, 0.5)
    ? ring(between(rng, 0.22, 0.32), between(rng, 0.58, 0.7), oneOf(rng, [hex('#a87848'), hex('#c79a68'), style.paint(rng)]))
    : () => undefined;
  const print = chance(rng, 0.5) ? label(rng, style, [0.3, 0.75]) : printedPattern(rng, style, [0.05, 0.84]);
  const liquid = lidded ? undefined : pour(rng, 'hot', { from: 0.05, to: 0.93, emptyChance: 0.2 });
  return {
    parts: [
      {
        kind: 'revolved',
        solid: {
          outline,
          colour,
          decoration: layered(...(lidded ? [ring(0.882, 1, lid)] : [ring(0.968, 1, mix(colour, [0.9, 0.88, 0.84], 0.6))]), sleeve, print),
          gloss: 0.06,
          ...(lidded ? { lid } : {}),
          inside: hex('#efece4'),
          ...(liquid ? { liquid } : {}),
        },
      },
      ...(chance(rng, 0.12) ? [straw(rng, style, { height: 0.99, radius: wide * 0.3 })] : []),
    ],
    height: 1,
    foot,
    reach: wide * 1.05,
  };
};
