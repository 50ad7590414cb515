import type { Rng } from '@fleetfit/core';
import { mix, type Rgb, scaled } from './colour.ts';
import { between, chance, oneOf } from './pick.ts';
import type { Decoration } from './revolved.ts';
import type { Style } from './style.ts';

/** Something printed around a vessel between two heights: stripes, dots, a picture, a wave, or nothing. */
export function printedPattern(rng: Rng, style: Style, [low, high]: readonly [number, number]): Decoration {
  const ink = style.paint(rng);
  const spin = between(rng, 0, 2 * Math.PI);
  const count = 2 + rng.integer(6);
  const place = (h: number, a: number): readonly [number, number] => [(h - low) / (high - low), (((a + spin) / (2 * Math.PI)) % 1) + 1];
  const drawn = oneOf<(v: number, u: number) => boolean>(rng, [
    () => false,
    (v) => Math.floor(v * count) % 2 === 1,
    (v) => v > 0.7 && v < 0.82,
    (_, u) => Math.floor(u * count * 4) % 2 === 0,
    (v, u) => ((u * count * 2) % 1) - 0.5 < 0.22 * Math.sign(Math.sin(v * count * 6)) && v > 0.2 && v < 0.8,
    (v, u) => Math.hypot(((u * count * 2) % 1) - 0.5, (((v * count * 0.8) % 1) - 0.5) * 1.2) < 0.27,
    (v, u) => Math.hypot(((u * 2) % 1) - 0.5, (v - 0.5) * 0.8) < 0.22,
    (v, u) => v < 0.45 + 0.12 * Math.sin(u * count * 6.28),
  ]);
  return (h, a) => {
    const [v, u] = place(h, a);
    return v >= 0 && v <= 1 && drawn(v, u) ? ink : undefined;
  };
}

/** A paper label around a bottle or on a can: a ground, a band, a round mark and lines of text too small to read. */
export function label(rng: Rng, style: Style, [low, high]: readonly [number, number]): Decoration {
  const ground = style.paint(rng);
  const ink = style.paint(rng);
  const second = chance(rng, 0.5) ? mix(ground, ink, 0.4) : style.paint(rng);
  const spin = between(rng, -1.2, 1.2);
  const wraps = chance(rng, 0.6) ? 4 : between(rng, 0.7, 1.3);
  const band = between(rng, 0.1, 0.3);
  const mark = between(rng, 0.14, 0.26);
  const slant = chance(rng, 0.3) ? between(rng, -0.3, 0.3) : 0;
  return (h, a) => {
    const v = (h - low) / (high - low);
    const u = Math.atan2(Math.sin(a + spin), Math.cos(a + spin));
    if (v < 0 || v > 1 || Math.abs(u) > wraps) return undefined;
    if (v + slant * u < band || v > 1 - band * 0.4) return second;
    if (Math.hypot(u * 0.55, v - 0.62) < mark) return ink;
    const line = v > 0.32 && v < 0.44 && Math.abs(u) < 0.7 && Math.sin(u * 23 + v * 7) > -0.4;
    return line ? scaled(ink, 0.7) : ground;
  };
}

/** The first decoration that has something at a place wins. */
export const layered =
  (...decorations: readonly Decoration[]): Decoration =>
  (h, a) => {
    for (const decoration of decorations) {
      const colour = decoration(h, a);
      if (colour) return colour;
    }
    return undefined;
  };

/** One colour between two heights. */
export const ring =
  (low: number, high: number, colour: Rgb): Decoration =>
  (h) =>
    h >= low && h <= high ? colour : undefined;
