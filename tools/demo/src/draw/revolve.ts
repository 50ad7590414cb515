import { type Canvas, colourUnder, paint } from './canvas.ts';
import { mix, plus, type Rgb, scaled, times } from './colour.ts';
import { dot, highlight, type Light, lit, unit, type Vector } from './light.ts';
import { type Hit, meetWall, type Profile, radiusAt } from './profile.ts';
import { boxAround, unproject, type View } from './view.ts';

/** What is painted on a wall at a height and an angle around the axis (radians, 0 towards the viewer); undefined where it is bare. */
export type Decoration = (h: number, angle: number) => Rgb | undefined;

export interface Liquid {
  /** Heights inside the vessel between which it stands. */
  readonly from: number;
  readonly level: number;
  readonly colour: Rgb;
  /** 0 is invisible, 1 is milk. */
  readonly opacity: number;
  /** Height of the froth below the level. */
  readonly froth: number;
}

/** A solid of revolution: a mug, a bottle, a can, an orange. */
export interface Revolved {
  readonly outline: Profile;
  /** Colour of a bare wall. */
  readonly colour: Rgb;
  readonly decoration?: Decoration;
  /** 0 is paper, 1 is glazed. */
  readonly gloss: number;
  /** Opaque walls, or glass that shows what is behind; undefined means opaque. */
  readonly glass?: { readonly tint: Rgb; readonly density: number };
  /** The colour of a lid; undefined means open: one looks in. */
  readonly lid?: Rgb;
  /** Colour of the inner wall of an open vessel. */
  readonly inside: Rgb;
  readonly liquid?: Liquid;
}

/** Paints a solid of revolution by following a line of sight through every sample. */
export function paintRevolved(canvas: Canvas, solid: Revolved, view: View, light: Light): void {
  const behind = solid.glass ? canvas.slice() : canvas;
  const sin = Math.sin(view.elevation);
  const cos = Math.cos(view.elevation);
  paint(canvas, boxAround(view, solid.outline.height, solid.outline.widest), (px, py) => {
    const [x, up] = unproject(view, px, py);
    const sight: Sight = { x, up, sin, cos };
    const front = meetWall(solid.outline, sight, true);
    if (!front && !throughDisc(solid.outline, sight, solid.outline.height)) return undefined;
    if (solid.glass) return [glassColour({ solid, sight, light, front, behind: (bend) => seenThrough(behind, view, px, py, bend) }), 1];
    return [front ? wallColour(solid, sight, light, front) : topColour(solid, sight, light), 1];
  });
}

interface Sight {
  readonly x: number;
  readonly up: number;
  readonly sin: number;
  readonly cos: number;
}

/** The depth at which the line of sight passes the level h, where it does so inside the outline. */
function throughDisc(outline: Profile, { x, up, sin, cos }: Sight, h: number): number | undefined {
  const z = (h * cos - up) / sin;
  const r = radiusAt(outline, h);
  return x * x + z * z < r * r ? z : undefined;
}

function wallColour(solid: Revolved, sight: Sight, light: Light, hit: Hit): Rgb {
  const base = solid.decoration?.(hit.h, Math.atan2(sight.x, hit.z)) ?? solid.colour;
  // Less light gets down between the foot and the table.
  const nearTable = 0.72 + 0.28 * Math.min(1, hit.h / (0.14 * solid.outline.height));
  return scaled(lit(base, seenNormal(sight, hit), light, solid.gloss), nearTable);
}

/** The normal as the viewer sees it: turned by the elevation so that z points at the eye. */
function seenNormal({ x, sin, cos }: Sight, hit: Hit): Vector {
  const [nx, nh, nz] = unit([x / hit.radius, -hit.slope, hit.z / hit.radius]);
  return [nx, nh * cos - nz * sin, nh * sin + nz * cos];
}

function topColour(solid: Revolved, sight: Sight, light: Light): Rgb {
  const { outline, liquid } = solid;
  const up: Vector = [0, sight.cos, sight.sin];
  const z = throughDisc(outline, sight, outline.height) ?? 0;
  const rim = Math.hypot(sight.x, z) / radiusAt(outline, outline.height);
  if (solid.lid) return lidColour(solid.lid, rim, Math.atan2(sight.x, z), light, up);
  if (rim > 0.9) return lit(mix(solid.inside, [1, 1, 1], 0.25), up, light, solid.gloss * 0.5);
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
function lidColour(lid: Rgb, rim: number, angle: number, light: Light, up: Vector): Rgb {
  const ring = rim > 0.93 ? 1.15 : rim > 0.82 ? 0.62 : 0.9 + 0.12 * Math.cos(angle * 2 + 1);
  const tab = rim < 0.42 && Math.abs(Math.sin(angle - 0.5)) < 0.6 ? 1.25 : 1;
  return scaled(lit(lid, up, light, 0.25), ring * tab);
}

// A vessel full of liquid is a cylinder lens: it shows the world mirrored left to right. An empty one bends only at its edges.
function seenThrough(behind: Canvas, view: View, px: number, py: number, bend: number): Rgb {
  return colourUnder(behind, view.footX + (px - view.footX) * bend, py);
}

interface GlassLook {
  readonly solid: Revolved;
  readonly sight: Sight;
  readonly light: Light;
  readonly front: Hit | undefined;
  readonly behind: (bend: number) => Rgb;
}

function glassColour({ solid, sight, light, front, behind }: GlassLook): Rgb {
  const { outline, liquid, glass } = solid;
  const tint = glass?.tint ?? [1, 1, 1];
  const density = glass?.density ?? 0;
  const back = meetWall(outline, sight, false);
  const inLiquid = liquid !== undefined && front !== undefined && front.h > liquid.from && front.h < liquid.level;
  let colour = behind(inLiquid ? -0.75 : 0.9);
  if (back) colour = glassWall(colour, { sight, light, hit: back, tint, density, strength: 0.5 });
  if (liquid && liquid.level > liquid.from) colour = throughLiquid(colour, liquid, solid, { sight, light, front, inLiquid });
  if (front) {
    if (solid.decoration?.(front.h, Math.atan2(sight.x, front.z))) return wallColour(solid, sight, light, front);
    colour = glassWall(colour, { sight, light, hit: front, tint, density, strength: 1 });
  } else {
    const z = throughDisc(outline, sight, outline.height) ?? 0;
    if (Math.hypot(sight.x, z) / radiusAt(outline, outline.height) > 0.91)
      colour = mix(colour, plus(light.ambient, scaled(light.colour, 0.5)), 0.4);
  }
  return colour;
}

function throughLiquid(
  colour: Rgb,
  liquid: Liquid,
  solid: Revolved,
  { sight, light, front, inLiquid }: { sight: Sight; light: Light; front: Hit | undefined; inLiquid: boolean },
): Rgb {
  const glow = plus(light.ambient, scaled(light.colour, 0.55));
  const body = times(liquid.colour, glow);
  const white = times([0.88, 0.84, 0.76], glow);
  if (inLiquid && front) {
    if (front.h > liquid.level - liquid.froth) return mix(colour, white, 0.95);
    const edge = Math.abs(sight.x) / front.radius;
    const through = 1 - (1 - liquid.opacity) * (0.55 + 0.45 * edge);
    return mix(colour, scaled(body, 1.05 - 0.35 * edge * edge), through);
  }
  if (throughDisc(solid.outline, sight, liquid.level) === undefined) return colour;
  return mix(colour, liquid.froth > 0 ? white : plus(scaled(body, 1.1), scaled(light.colour, 0.05)), 0.35 + 0.6 * liquid.opacity);
}

interface WallLook {
  readonly sight: Sight;
  readonly light: Light;
  readonly hit: Hit;
  readonly tint: Rgb;
  readonly density: number;
  readonly strength: number;
}

// Glass is clear where one looks straight at it, and dark with a bright line where one looks along it (Schlick's power of five, softened).
function glassWall(colour: Rgb, { sight, light, hit, tint, density, strength }: WallLook): Rgb {
  const normal = seenNormal(sight, hit);
  const grazing = 1 - Math.abs(dot(normal, [0, 0, 1]));
  const through = times(colour, mix([0.97, 0.98, 0.98], tint, Math.min(1, density + 0.75 * density * grazing)));
  const dark = mix(through, scaled(times(tint, light.ambient), 0.4), 0.8 * strength * grazing ** 2.2);
  const rim = grazing > 0.62 && grazing < 0.88 ? 0.2 : 0;
  const towardsLamp = normal[0] * Math.sign(light.towards[0] || 1);
  const window = towardsLamp > 0.5 && towardsLamp < 0.7 ? 0.26 : 0;
  const shine = 0.9 * highlight(normal, light, 60) + rim + window;
  return plus(dark, scaled(light.colour, shine * strength));
}
