import { hex, type Rgb } from '../colour.ts';
import { label, layered, ring } from '../decorations.ts';
import { pour } from '../liquids.ts';
import { between, chance, oneOf } from '../pick.ts';
import { type Profile, profile } from '../profile.ts';
import type { MakeVessel } from '../vessel.ts';

/** A bottle: body, shoulder, neck, cap or cork; green, brown or clear glass, or an opaque thermos. */
export const bottle: MakeVessel = (rng, style) => {
  const wide = between(rng, 0.135, 0.2);
  const shoulder = between(rng, 0.46, 0.62);
  const neck = between(rng, 0.045, 0.07);
  const outline = shape(rng.integer(3), { wide, shoulder, neck });
  const capFrom = between(rng, 0.9, 0.95);
  const cap = style.paint(rng);
  const clear = chance(rng, 0.4);
  const tint: Rgb = clear ? hex('#dcebea') : oneOf(rng, [hex('#2f6b3c'), hex('#5c3212'), hex('#8fb37a'), hex('#1f3d2a'), hex('#3c6f96')]);
  const opaque = chance(rng, 0.18);
  const liquid = pour(rng, clear ? 'cold' : 'wine', { from: 0.02, to: shoulder + 0.2, emptyChance: 0.2 });
  const low = between(rng, 0.08, 0.2);
  const paper = chance(rng, 0.75) ? label(rng, style, [low, Math.min(shoulder - 0.03, low + between(rng, 0.2, 0.36))]) : () => undefined;
  const collar = chance(rng, 0.3) ? ring(capFrom - 0.14, capFrom, style.paint(rng)) : () => undefined;
  return {
    parts: [
      {
        kind: 'revolved',
        solid: {
          outline,
          colour: opaque ? style.paint(rng) : tint,
          decoration: layered(ring(capFrom, 1, cap), collar, paper),
          gloss: 0.7,
          ...(opaque ? {} : { glass: { tint, density: clear ? 0.12 : 0.85 } }),
          lid: cap,
          inside: hex('#ffffff'),
          ...(liquid ? { liquid } : {}),
        },
      },
    ],
    height: 1,
    foot: wide,
    reach: wide,
  };
};

function shape(kind: number, { wide, shoulder, neck }: { wide: number; shoulder: number; neck: number }): Profile {
  const top = [0.93, neck] as const;
  const lip = [1, neck * 1.12] as const;
  // Bordeaux with high shoulders; Burgundy that slopes; a soft-drink bottle with a waist.
  if (kind === 0) return profile([0, wide * 0.92], [0.03, wide], [shoulder, wide], [shoulder + 0.15, neck, 'ease'], top, lip);
  if (kind === 1) return profile([0, wide * 0.92], [0.03, wide], [shoulder - 0.1, wide], [shoulder + 0.28, neck, 'ease'], top, lip);
  return profile(
    [0, wide * 0.9],
    [0.2, wide, 'ease'],
    [0.36, wide * 0.82, 'ease'],
    [shoulder, wide * 0.98, 'ease'],
    [shoulder + 0.24, neck, 'ease'],
    top,
    lip,
  );
}
