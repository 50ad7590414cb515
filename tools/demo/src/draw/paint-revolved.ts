import { colourUnder, paint } from './canvas.ts';
import { mix, plus, type Rgb, scaled } from './colour.ts';
import { glassColour } from './glass.ts';
import { glazed, type Light, lit, type Vector } from './light.ts';
import { type Hit, meetWall, radiusAt } from './profile.ts';
import { type Revolved, type Sight, seenNormal, throughDisc } from './revolved.ts';
import type { Stage } from './stage.ts';
import { boxAround, unproject } from './view.ts';

/** Paints a solid of revolution by following a line of sight through every sample. */
export function paintRevolved({ canvas, view, light }: Stage, solid: Revolved): void {
  const behind = solid.glass ? canvas.slice() : canvas;
  const sin = Math.sin(view.elevation);
  const cos = Math.cos(view.elevation);
  paint(canvas, boxAround(view, solid.outline.height, solid.outline.widest), (px, py) => {
    const [x, up] = unproject(view, px, py);
    const sight: Sight = { x, up, sin, cos };
    const front = meetWall(solid.outline, sight, true);
    if (!front && !throughDisc(solid.outline, sight, solid.outline.height)) return undefined;
    const look = { solid, sight, light };
    const painted = front && solid.glass ? solid.decoration?.(front.h, Math.atan2(sight.x, front.z)) : undefined;
    // A vessel full of liquid is a cylinder lens: it shows the world mirrored left to right. An empty one bends only at its edges.
    if (solid.glass && !painted)
      return [glassColour(look, front, (bend) => colourUnder(behind, view.footX + (px - view.footX) * bend, py)), 1];
    return [front ? wallColour(look, front) : topColour(look), 1];
  });
}

interface Look {
  readonly solid: Revolved;
  readonly sight: Sight;
  readonly light: Light;
}

function wallColour({ solid, sight, light }: Look, hit: Hit): Rgb {
  const base = solid.decoration?.(hit.h, Math.atan2(sight.x, hit.z)) ?? solid.colour;
  // Less light gets down between the foot and the table.
  const nearTable = 0.72 + 0.28 * Math.min(1, hit.h / (0.14 * solid.outline.height));
  return scaled(glazed(base, seenNormal(sight, hit), { light, gloss: solid.gloss }), nearTable);
}

function topColour({ solid, sight, light }: Look): Rgb {
  const { outline, liquid } = solid;
  const up: Vector = [0, sight.cos, sight.sin];
  const z = throughDisc(outline, sight, outline.height) ?? 0;
  const rim = Math.hypot(sight.x, z) / radiusAt(outline, outline.height);
  if (solid.lid) return scaled(glazed(solid.lid, up, { light, gloss: 0.25 }), lidRelief(rim, Math.atan2(sight.x, z)));
  if (rim > 0.9) return glazed(mix(solid.inside, [1, 1, 1], 0.25), up, { light, gloss: solid.gloss * 0.5 });
  const surface = liquid ? throughDisc(outline, sight, liquid.level) : undefined;
  if (liquid && surface !== undefined) {
    const edge = Math.hypot(sight.x, surface) / radiusAt(outline, liquid.level);
    const colour = liquid.froth > 0 || edge > 0.9 ? mix(liquid.colour, [0.8, 0.74, 0.66], liquid.froth > 0 ? 0.75 : 0.2) : liquid.colour;
    return plus(scaled(lit(colour, up, light), 0.85), scaled(light.colour, 0.12 * Math.max(0, -surface / outline.widest)));
  }
  const back = meetWall(outline, sight, false);
  if (!back) return scaled(solid.inside, 0.3);
  const [nx, nh, nz] = seenNormal(sight, back);
  const depth = Math.min(1, (outline.height - back.h) / outline.height);
  return scaled(lit(solid.inside, [-nx, -nh, -nz], light), 0.95 - 0.6 * depth);
}

// Drink cans and lids: a raised rim, a groove, and a lighter tab across the middle.
function lidRelief(rim: number, angle: number): number {
  const ring = rim > 0.93 ? 1.15 : rim > 0.82 ? 0.62 : 0.9 + 0.12 * Math.cos(angle * 2 + 1);
  const tab = rim < 0.42 && Math.abs(Math.sin(angle - 0.5)) < 0.6 ? 1.25 : 1;
  return ring * tab;
}
