import type { Rng } from '@fleetfit/core';
import { hex, mix, type Rgb, scaled } from '../colour.ts';
import type { Vector } from '../light.ts';
import { between, chance, oneOf } from '../pick.ts';
import { boxFaces, type Face, turned } from '../prism.ts';
import { straw } from '../straw.ts';
import type { Style } from '../style.ts';
import type { MakeVessel } from '../vessel.ts';

/** A carton of milk or juice: a box with a gable, or flat on top, sometimes with a straw. */
export const carton: MakeVessel = (rng, style) => {
  const width = between(rng, 0.36, 0.56);
  const depth = width * between(rng, 0.7, 1);
  const turn = (chance(rng, 0.5) ? 1 : -1) * between(rng, 0.15, 0.75);
  const gabled = chance(rng, 0.65);
  const body = gabled ? between(rng, 0.7, 0.78) : 1;
  const print = cartonPrint(rng, style);
  const faces = boxFaces({ width, height: body, depth, turn }, (side) => ({
    gloss: 0.12,
    colour: side === 'top' ? () => print(0.5, 1.2) : side === 'front' ? print : (u, v) => scaled(print(u * 0.7 + 1.4, v), 0.96),
  }));
  const roof = gabled ? gable({ width, body, depth, turn }, print) : [];
  return {
    parts: [
      { kind: 'faces', faces: [...faces.slice(0, gabled ? 4 : 5), ...roof] },
      ...(!gabled && chance(rng, 0.4) ? [straw(rng, style, { height: 1, radius: width * 0.3 })] : []),
    ],
    height: 1,
    foot: width * 0.55,
    reach: width * 0.6,
  };
};

// The roof rises from front and back to a ridge with a flat fin on it, as the folded top of a milk carton does.
function gable(
  { width, body, depth, turn }: { width: number; body: number; depth: number; turn: number },
  print: (u: number, v: number) => Rgb,
): Face[] {
  const at = (x: number, h: number, z: number): Vector => turned([(x * width) / 2, h, (z * depth) / 2], turn);
  const ridge = body + (1 - body) * 0.62;
  const slope = (u: number, v: number): Rgb => print(u, 1 + v * 0.3);
  const fin = (u: number): Rgb => mix(print(u, 1.3), [0.9, 0.9, 0.88], 0.25);
  const look = { gloss: 0.12 };
  return [
    { ...look, colour: slope, corners: [at(-1, body, 1), at(1, body, 1), at(1, ridge, 0), at(-1, ridge, 0)] },
    { ...look, colour: slope, corners: [at(1, body, -1), at(-1, body, -1), at(-1, ridge, 0), at(1, ridge, 0)] },
    { ...look, colour: slope, corners: [at(1, body, 1), at(1, body, -1), at(1, ridge, 0)] },
    { ...look, colour: slope, corners: [at(-1, body, -1), at(-1, body, 1), at(-1, ridge, 0)] },
    { ...look, colour: fin, corners: [at(-1, ridge, 0.06), at(1, ridge, 0.06), at(1, 1, 0.06), at(-1, 1, 0.06)] },
    { ...look, colour: fin, corners: [at(1, ridge, -0.06), at(-1, ridge, -0.06), at(-1, 1, -0.06), at(1, 1, -0.06)] },
  ];
}

// u runs around the carton, v up it; above 1 is the roof.
function cartonPrint(rng: Rng, style: Style): (u: number, v: number) => Rgb {
  const ground = chance(rng, 0.45) ? hex('#f5f2ea') : style.paint(rng);
  const ink = style.paint(rng);
  const accent = style.paint(rng);
  const kind = rng.integer(3);
  const wave = between(rng, 0.2, 0.5);
  const sun = [between(rng, 0.35, 0.65), between(rng, 0.5, 0.75), between(rng, 0.12, 0.24)] as const;
  const roof = oneOf(rng, [ground, ink, accent]);
  return (u, v) => {
    if (v > 1) return roof;
    if (Math.hypot(u - sun[0], (v - sun[1]) * 1.6) < sun[2]) return accent;
    if (v > 0.84 && v < 0.9 && u > 0.15 && u < 0.85 && Math.sin(u * 31) > -0.5) return scaled(ink, 0.7);
    if (kind === 0) return v < wave + 0.08 * Math.sin(u * 7) ? ink : ground;
    if (kind === 1) return v < wave * 0.4 || v > 0.93 ? ink : ground;
    return u + v * 0.6 < 0.75 ? ink : ground;
  };
}
