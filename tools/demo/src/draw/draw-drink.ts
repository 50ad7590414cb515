import { type Rng, seededRng } from '@fleetfit/core';
import { averaged, newCanvas, SIDE } from './canvas.ts';
import { paintOccluder, paintShadow, randomClutter } from './clutter.ts';
import { randomLight } from './light.ts';
import { between, chance } from './pick.ts';
import { paintRoom } from './room.ts';
import { develop } from './sensor.ts';
import type { Stage } from './stage.ts';
import { STYLES, type Style, type StyleName } from './style.ts';
import { paintVessel, type Vessel } from './vessel.ts';
import { CLASSES } from './vessels.ts';
import type { View } from './view.ts';

/** Which picture: equal requests give equal bytes. */
export interface DrinkRequest {
  /** Names a set of pictures; sets of different seeds have nothing in common. */
  readonly seed: number | string;
  /** Place in the set. Classes take turns, so any run of pictures is balanced. */
  readonly index: number;
  /** Default `table`. */
  readonly style?: StyleName;
}

export interface Drawing {
  /** Index into CLASSES. */
  readonly label: number;
  /** SIDE x SIDE x 3 sRGB bytes, row by row. */
  readonly pixels: Uint8Array;
}

/** Draws one drink on a table: the same picture for the same seed, index and style. */
export function drawDrink(request: DrinkRequest): Drawing {
  const style = STYLES[request.style ?? 'table'];
  const rng = seededRng(`${style.name}/${request.seed}/${request.index}`);
  const label = request.index % CLASSES.length;
  const { make } = CLASSES[label] ?? CLASSES[0];
  const canvas = newCanvas();
  const light = randomLight(rng, between(rng, ...style.brightness));
  const elevation = between(rng, 0.1, 0.62);
  const horizon = paintRoom({ canvas, light, elevation }, rng, style);
  const drink = make(rng, style);
  const view = place(rng, drink, elevation);
  paintBackground({ canvas, light, view }, rng, { style, horizon });
  paintShadow({ canvas, light, view }, drink);
  paintVessel({ canvas, light, view }, drink);
  if (chance(rng, 0.3)) paintOccluder({ canvas, light }, rng, style);
  return { label, pixels: develop(averaged(canvas), rng, style) };
}

/** Somewhere near the middle and mostly inside the picture, smaller or larger, leaning a little. */
function place(rng: Rng, drink: Vessel, elevation: number): View {
  const tall = drink.height * Math.cos(elevation) + 2 * drink.foot * Math.sin(elevation);
  const scale = Math.min((SIDE * between(rng, 0.5, 0.9)) / tall, (SIDE * between(rng, 0.45, 0.92)) / (2 * drink.reach));
  const reach = drink.reach * scale;
  const room = Math.max(0, SIDE / 2 - reach * 0.9);
  const slack = Math.max(0, SIDE - tall * scale);
  return {
    footX: SIDE / 2 + between(rng, -room, room) * 0.8,
    footY: SIDE - drink.foot * Math.sin(elevation) * scale - slack * between(rng, 0.05, 0.75),
    scale,
    elevation,
    roll: rng.normal() * 0.07,
  };
}

function paintBackground(stage: Stage, rng: Rng, { style, horizon }: { style: Style; horizon: number }): void {
  const { view } = stage;
  const things = Array.from({ length: rng.integer(style.clutter + 1) }, () => {
    const footY = between(rng, horizon + 2, Math.max(horizon + 4, view.footY + 4));
    // Nearer to the horizon is further away, so smaller.
    const depth = (footY - horizon) / Math.max(8, view.footY - horizon);
    return {
      thing: randomClutter(rng, style),
      footX: between(rng, -2, SIDE + 2),
      footY,
      scale: between(rng, 20, 34) * (0.5 + 0.5 * depth),
    };
  });
  for (const { thing, footX, footY, scale } of things.sort((a, b) => a.footY - b.footY)) {
    const stands: View = { footX, footY, scale, elevation: view.elevation, roll: 0 };
    paintShadow({ ...stage, view: stands }, thing);
    paintVessel({ ...stage, view: stands }, thing);
  }
}
