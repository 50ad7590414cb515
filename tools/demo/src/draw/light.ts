import type { Rng } from '@fleetfit/core';
import { hsv, plus, type Rgb, scaled, times } from './colour.ts';

/** x to the right, y up, z towards the viewer. */
export type Vector = readonly [number, number, number];

/** One lamp or sun, and the light that comes from everywhere. */
export interface Light {
  /** Unit vector from the scene to the lamp. */
  readonly towards: Vector;
  readonly colour: Rgb;
  readonly ambient: Rgb;
}

/** Warm or cold, from a side or the front, hard or soft. */
export function randomLight(rng: Rng, brightness: number): Light {
  const side = (rng.next() * 2 - 1) * 1.25;
  const height = 0.35 + rng.next() * 0.75;
  const warm = rng.next();
  const tint = warm < 0.4 ? hsv(0.08 + rng.next() * 0.05, 0.15 + rng.next() * 0.35, 1) : hsv(0.55 + rng.next() * 0.1, rng.next() * 0.22, 1);
  const soft = 0.25 + rng.next() * 0.5;
  return {
    towards: unit([Math.sin(side), height, Math.cos(side) * 0.9]),
    colour: scaled(tint, brightness * (1.35 - soft * 0.6)),
    ambient: scaled(plus(scaled(tint, 0.4), [0.6, 0.6, 0.62]), brightness * (0.22 + soft * 0.5)),
  };
}

/** A dull surface (Lambert). */
export function lit(base: Rgb, normal: Vector, light: Light): Rgb {
  const facing = Math.max(0, dot(normal, light.towards));
  return times(base, plus(light.ambient, scaled(light.colour, facing * 0.8)));
}

/** A surface with a highlight (Blinn) for a viewer straight in front. `gloss` 0 is paper, 1 is glazed. */
export function glazed(base: Rgb, normal: Vector, { light, gloss }: { readonly light: Light; readonly gloss: number }): Rgb {
  const matte = lit(base, normal, light);
  return gloss > 0 ? plus(matte, scaled(light.colour, gloss * highlight(normal, light, 40))) : matte;
}

/** Strength of the mirror image of the lamp, 0..1; a higher `sharpness` makes it smaller. */
export function highlight(normal: Vector, light: Light, sharpness: number): number {
  const half = unit([light.towards[0], light.towards[1], light.towards[2] + 1]);
  return Math.max(0, dot(normal, half)) ** sharpness;
}

export const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

export function unit(v: Vector): Vector {
  const length = Math.hypot(v[0], v[1], v[2]) || 1;
  return [v[0] / length, v[1] / length, v[2] / length];
}
