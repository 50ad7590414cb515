import type { Rng } from '@fleetfit/core';
import { paint, SIDE } from './canvas.ts';
import { hex, hsv, mix, type Rgb, scaled } from './colour.ts';
import { printedPattern } from './decorations.ts';
import { lit, type Vector } from './light.ts';
import { between, chance, oneOf } from './pick.ts';
import { boxFaces } from './prism.ts';
import { profile } from './profile.ts';
import type { Stage } from './stage.ts';
import type { Style } from './style.ts';
import { type Part, paintVessel, type Vessel } from './vessel.ts';
import type { View } from './view.ts';

/** Makes something that is no drink: fruit, a book, a pot, a spoon, a candle. */
export function randomClutter(rng: Rng, style: Style): Vessel {
  return oneOf<(rng: Rng, style: Style) => Vessel>(rng, [fruit, fruit, book, book, pot, spoon, candle, ball])(rng, style);
}

/** A soft dark spot under a thing and, longer, away from the lamp. */
export function paintShadow({ canvas, view, light }: Stage, thing: Vessel): void {
  const squash = Math.max(0.16, Math.sin(view.elevation));
  const tall = Math.min(0.9, thing.height * 0.6) * view.scale;
  const [awayX, awayY] = [-light.towards[0] * tall, -light.towards[2] * 0.35 * tall * squash];
  const hardness = light.colour[1] / (light.colour[1] + light.ambient[1]);
  const spots = [0, 1, 2, 3].map((step): Spot => {
    const radius = thing.foot * view.scale * (step === 0 ? 1.25 : 1.1 + 0.12 * step);
    const strength = step === 0 ? 0.62 : hardness * (0.62 - 0.12 * step);
    return { x: view.footX + (awayX * step) / 3, y: view.footY + (awayY * step) / 3, width: radius, height: radius * squash, strength };
  });
  const box = {
    left: Math.min(...spots.map((spot) => spot.x - 2 * spot.width)),
    right: Math.max(...spots.map((spot) => spot.x + 2 * spot.width)),
    top: Math.min(...spots.map((spot) => spot.y - 2 * spot.height)),
    bottom: Math.max(...spots.map((spot) => spot.y + 2 * spot.height)),
  };
  paint(canvas, box, (x, y) => {
    let dark = 0;
    for (const spot of spots) dark = Math.max(dark, darkness(spot, x, y));
    return dark > 0 ? [NIGHT, dark] : undefined;
  });
}

const NIGHT: Rgb = [0.01, 0.01, 0.015];

interface Spot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly strength: number;
}

// Nearly a Gaussian, but zero from two radii on, and cheap.
function darkness(spot: Spot, x: number, y: number): number {
  const far = ((x - spot.x) / spot.width) ** 2 + ((y - spot.y) / spot.height) ** 2;
  return far < 4 ? spot.strength * (1 - far / 4) ** 3.5 : 0;
}

/** Something close to the camera and out of the scene that hides a corner: a leaf, a fruit, the edge of a book. */
export function paintOccluder(scene: Omit<Stage, 'view'>, rng: Rng, style: Style): void {
  const left = chance(rng, 0.5);
  const x = left ? between(rng, -4, 14) : between(rng, SIDE - 14, SIDE + 4);
  const y = between(rng, SIDE * 0.62, SIDE + 4);
  const view: View = { footX: x, footY: y + 10, scale: between(rng, 20, 34), elevation: 0.35, roll: between(rng, -0.3, 0.3) };
  if (chance(rng, 0.5)) paintVessel({ ...scene, view }, chance(rng, 0.6) ? fruit(rng) : book(rng, style));
  else paintLeaf(scene, rng, { x, y });
}

function paintLeaf({ canvas, light }: Omit<Stage, 'view'>, rng: Rng, at: { x: number; y: number }): void {
  const colour = hsv(between(rng, 0.24, 0.36), between(rng, 0.4, 0.7), between(rng, 0.25, 0.6));
  for (let leaf = 0; leaf < 3; leaf++) {
    const turn = between(rng, -2.4, -0.7);
    const long = between(rng, 12, 22);
    const [c, s] = [Math.cos(turn), Math.sin(turn)];
    const shade = between(rng, 0.75, 1.15);
    paint(canvas, { left: at.x - long, right: at.x + long, top: at.y - long, bottom: at.y + long }, (px, py) => {
      const along = ((px - at.x) * c + (py - at.y) * s) / long;
      const across = ((py - at.y) * c - (px - at.x) * s) / long;
      if (along < 0 || along > 1 || Math.abs(across) > 0.24 * Math.sin(Math.PI * along ** 0.8)) return undefined;
      const vein = Math.abs(across) < 0.015 ? 1.35 : 1;
      return [scaled(lit(colour, [across > 0 ? 0.3 : -0.3, 0.6, 0.7], light), shade * vein), 1];
    });
  }
}

function fruit(rng: Rng): Vessel {
  const r = between(rng, 0.2, 0.36);
  const colour = oneOf<Rgb>(rng, [hex('#e88a1a'), hex('#f0cf3a'), hex('#b3202a'), hex('#7fae3a'), hex('#d9a066'), hex('#6b2145')]);
  const long = between(rng, 1.6, 2.1);
  const outline = profile([0, r * 0.3], [r * long * 0.5, r, 'round'], [r * long * 0.86, r * 0.62, 'ease'], [r * long, r * 0.05, 'line']);
  const blush = between(rng, 0, 6);
  const decoration = (h: number, a: number): Rgb => mix(colour, scaled(colour, 0.55), 0.4 + 0.4 * Math.sin(a + blush + h * 4));
  return thing(
    [{ kind: 'revolved', solid: { outline, colour, decoration, gloss: 0.35, lid: scaled(colour, 0.5), inside: colour } }],
    [r * long, r * 0.7, r],
  );
}

function ball(rng: Rng, style: Style): Vessel {
  const r = between(rng, 0.14, 0.3);
  const colour = style.paint(rng);
  const outline = profile([0, 0.02], [r, r, 'round'], [r * 1.7, r * 0.7, 'ease'], [r * 2, 0.02]);
  return thing(
    [
      {
        kind: 'revolved',
        solid: { outline, colour, decoration: printedPattern(rng, style, [0, r * 2]), gloss: 0.7, lid: colour, inside: colour },
      },
    ],
    [r * 2, r * 0.6, r],
  );
}

function book(rng: Rng, style: Style): Vessel {
  const upright = chance(rng, 0.5);
  const size = upright
    ? { width: between(rng, 0.15, 0.7), height: between(rng, 0.5, 0.95), depth: between(rng, 0.12, 0.5), turn: between(rng, -0.7, 0.7) }
    : { width: between(rng, 0.6, 1.1), height: between(rng, 0.08, 0.25), depth: between(rng, 0.4, 0.8), turn: between(rng, -0.7, 0.7) };
  const cover = style.paint(rng);
  const ink = style.paint(rng);
  const page = hex('#e9e2d0');
  const faces = boxFaces(size, (side) => ({
    gloss: 0.1,
    colour:
      side === 'front'
        ? (u, v) => (v > 0.55 && v < 0.75 && u > 0.2 && u < 0.8 ? ink : cover)
        : side === 'side'
          ? (_, v) => (v < 0.08 || v > 0.92 ? cover : page)
          : () => cover,
  }));
  return thing([{ kind: 'faces', faces }], [size.height, size.width * 0.45, size.width * 0.6]);
}

function pot(rng: Rng, style: Style): Vessel {
  const r = between(rng, 0.2, 0.32);
  const tall = between(rng, 0.3, 0.5);
  const colour = chance(rng, 0.5) ? hex('#b5653a') : style.paint(rng);
  const leaf = hsv(between(rng, 0.25, 0.38), 0.6, between(rng, 0.3, 0.6));
  const stems = Array.from({ length: 7 }, (): Part => {
    const turn = between(rng, 0, 6.28);
    const out = between(rng, 0.1, 0.35);
    const tip: Vector = [Math.cos(turn) * out, tall + between(rng, 0.15, 0.5), Math.sin(turn) * out];
    return {
      kind: 'tube',
      tube: {
        path: [[0, tall * 0.9, 0], [tip[0] * 0.4, tall + (tip[1] - tall) * 0.7, tip[2] * 0.4], tip],
        radius: between(rng, 0.03, 0.07),
        colour: scaled(leaf, between(rng, 0.7, 1.2)),
        gloss: 0.1,
      },
    };
  });
  const body: Part = {
    kind: 'revolved',
    solid: {
      outline: profile([0, r * 0.72], [tall * 0.8, r], [tall * 0.82, r * 1.1], [tall, r * 1.1]),
      colour,
      gloss: 0.1,
      lid: hex('#3a281c'),
      inside: colour,
    },
  };
  return thing([body, ...stems], [tall + 0.3, r * 0.8, r * 1.2]);
}

function spoon(rng: Rng): Vessel {
  const turn = between(rng, -1.2, 1.2);
  const at = (d: number, h: number): Vector => [Math.cos(turn) * d, h, Math.sin(turn) * d];
  const metal = oneOf<Rgb>(rng, [hex('#b9bcc0'), hex('#a3793f'), hex('#d9d9d9')]);
  return thing(
    [
      { kind: 'tube', tube: { path: [at(-0.4, 0.03), at(0.35, 0.04)], radius: 0.026, colour: metal, gloss: 0.8 } },
      { kind: 'tube', tube: { path: [at(0.35, 0.03), at(0.48, 0.03)], radius: 0.085, colour: metal, gloss: 0.8 } },
    ],
    [0.1, 0.2, 0.5],
  );
}

function candle(rng: Rng, style: Style): Vessel {
  const r = between(rng, 0.09, 0.2);
  const tall = between(rng, 0.25, 0.6);
  const colour = mix(style.paint(rng), [0.85, 0.8, 0.7], 0.6);
  const flame: Part = {
    kind: 'tube',
    tube: {
      path: [
        [0, tall + 0.04, 0],
        [0, tall + 0.13, 0],
      ],
      radius: 0.035,
      colour: [3, 1.9, 0.6],
      gloss: 0,
    },
  };
  return thing(
    [{ kind: 'revolved', solid: { outline: profile([0, r], [tall, r]), colour, gloss: 0.1, lid: colour, inside: colour } }, flame],
    [tall, r, r],
  );
}

const thing = (parts: readonly Part[], [height, foot, reach]: readonly [number, number, number]): Vessel => ({
  parts,
  height,
  foot,
  reach,
});
