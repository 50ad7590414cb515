import type { Rng } from '@fleetfit/core';
import { type Canvas, paint, SIDE, WHOLE } from './canvas.ts';
import { hsv, mix, plus, type Rgb, scaled, times } from './colour.ts';
import type { Light } from './light.ts';
import { between, chance, oneOf } from './pick.ts';
import type { Style } from './style.ts';

type Texture = (x: number, y: number) => Rgb;

/** Paints the wall and the table; returns the row where they meet. A high elevation of the camera shows more table. */
export function paintRoom(
  setting: { readonly canvas: Canvas; readonly light: Light; readonly elevation: number },
  rng: Rng,
  style: Style,
): number {
  const { canvas, light, elevation } = setting;
  const horizon = SIDE * Math.max(0.04, between(rng, 0.56, 0.72) - elevation * 0.75);
  const wall = wallTexture(rng, style);
  const table = tableTexture(rng, style);
  const side = Math.sign(light.towards[0]) * between(rng, 0.1, 0.5);
  const glow = plus(light.ambient, scaled(light.colour, 0.4));
  const patch = lightPatch(rng);
  paint(canvas, WHOLE, (x, y) => {
    const falloff = 1 + side * (x / SIDE - 0.5) - 0.15 * (y / SIDE - 0.5);
    if (y < horizon) return [times(scaled(wall(x, y), falloff * 0.82 * patch(x, y)), glow), 1];
    // The table in perspective: lines run together towards the horizon.
    const near = (y - horizon) / SIDE + 0.12;
    const base = table((x - SIDE / 2) / near / 8, 9 / near);
    const contact = Math.min(1, 0.78 + (y - horizon) * 0.08);
    return [times(scaled(base, falloff * contact * patch(x, y)), glow), 1];
  });
  return horizon;
}

// Light through a window: a slanting brighter band, on some pictures.
function lightPatch(rng: Rng): (x: number, y: number) => number {
  if (!chance(rng, 0.35)) return () => 1;
  const slant = between(rng, -0.8, 0.8);
  const from = between(rng, 0, SIDE * 0.7);
  const wide = between(rng, 8, 26);
  const strength = between(rng, 1.15, 1.6);
  return (x, y) => {
    const d = x + slant * y - from;
    const inside = Math.min(1, Math.max(0, Math.min(d, wide - d) / 2 + 0.5));
    return 1 + (strength - 1) * inside;
  };
}

function wallTexture(rng: Rng, style: Style): Texture {
  const base = style.wall(rng);
  const other = mix(base, style.wall(rng), between(rng, 0.15, 0.6));
  const size = between(rng, 5, 13);
  const shift = between(rng, 0, 20);
  return oneOf<Texture>(rng, [
    () => base,
    () => base,
    (x) => (Math.floor((x + shift) / size) % 2 === 0 ? base : other),
    (x, y) => {
      const row = Math.floor((y + shift) / size);
      const u = (x + (row % 2) * size) % (size * 2);
      return u < 0.7 || (y + shift) % size < 0.7 ? other : base;
    },
    (x, y) => mix(base, other, 0.5 + 0.5 * Math.sin((x + shift) / size) * Math.cos(y / size)),
    shelves(rng, style, base),
    bokeh(rng, style, base),
  ]);
}

// Boards on the wall with things on them, out of focus.
function shelves(rng: Rng, style: Style, base: Rgb): Texture {
  const board = style.table(rng);
  const rows = Array.from({ length: 12 }, () => ({ colour: mix(style.paint(rng), base, 0.4), tall: between(rng, 0.3, 0.95) }));
  const height = between(rng, 14, 22);
  const width = between(rng, 4, 9);
  return (x, y) => {
    const level = (y % height) / height;
    if (level > 0.9) return board;
    const thing = rows[(Math.floor(x / width) + Math.floor(y / height) * 5) % rows.length];
    return thing && level > 0.9 - thing.tall && x % width > width * 0.12 ? thing.colour : base;
  };
}

function bokeh(rng: Rng, style: Style, base: Rgb): Texture {
  const spots = Array.from({ length: 9 }, () => ({
    x: between(rng, 0, SIDE),
    y: between(rng, 0, SIDE * 0.6),
    r: between(rng, 2.5, 8),
    colour: chance(rng, 0.5) ? hsv(between(rng, 0.06, 0.14), 0.5, 1) : style.paint(rng),
  }));
  const dark = scaled(base, 0.5);
  return (x, y) => {
    let colour = dark;
    for (const spot of spots) {
      const edge = Math.min(1, Math.max(0, (spot.r - Math.hypot(x - spot.x, y - spot.y)) / 1.5));
      if (edge > 0) colour = mix(colour, spot.colour, 0.55 * edge);
    }
    return colour;
  };
}

function tableTexture(rng: Rng, style: Style): Texture {
  const base = style.table(rng);
  const other = mix(base, style.table(rng), between(rng, 0.2, 0.6));
  const grain = between(rng, 0.5, 2.5);
  const plank = between(rng, 6, 16);
  const square = between(rng, 3, 8);
  const cloth = style.paint(rng);
  return oneOf<Texture>(rng, [
    () => base,
    () => base,
    (u, v) =>
      scaled(mix(base, other, 0.35 + 0.35 * Math.sin(v * 0.9 * grain + 2 * Math.sin(u * 0.35))), u % plank < 0.5 && u > 0 ? 0.75 : 1),
    (u, v) => mix(base, other, 0.3 + 0.3 * Math.sin(u * grain * 2 + 1.5 * Math.sin(v * 0.08))),
    (u, v) => ((Math.floor(u / square + 99) + Math.floor(v / square / 2)) % 2 === 0 ? base : mix(base, cloth, 0.5)),
    (u, v) => (Math.floor(u / 2 + 99) % 3 === 0 || Math.floor(v / 5) % 3 === 0 ? mix(base, cloth, 0.45) : base),
  ]);
}
