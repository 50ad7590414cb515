import { mix, plus, type Rgb, scaled, times } from './colour.ts';
import { dot, highlight, type Light } from './light.ts';
import { type Hit, meetWall, radiusAt } from './profile.ts';
import { type Liquid, type Revolved, type Sight, seenNormal, throughDisc } from './revolved.ts';

interface Look {
  readonly solid: Revolved;
  readonly sight: Sight;
  readonly light: Light;
}

/**
 * What one sees through a glass vessel, from back to front: the things behind it, its far wall, what is in it, its near wall.
 * `behind` gives the picture without the vessel, sideways by a factor from the axis.
 */
export function glassColour(look: Look, front: Hit | undefined, behind: (bend: number) => Rgb): Rgb {
  const { outline, liquid } = look.solid;
  const back = meetWall(outline, look.sight, false);
  const inLiquid = liquid !== undefined && front !== undefined && front.h > liquid.from && front.h < liquid.level;
  const empty = behind(inLiquid ? -0.75 : 0.9);
  const far = back ? throughWall(empty, look, { hit: back, strength: 0.5 }) : empty;
  const filled = liquid && liquid.level > liquid.from ? throughLiquid(far, look, { liquid, front: inLiquid ? front : undefined }) : far;
  return front ? throughWall(filled, look, { hit: front, strength: 1 }) : onRim(filled, look);
}

function onRim(colour: Rgb, { solid: { outline }, sight, light }: Look): Rgb {
  const z = throughDisc(outline, sight, outline.height) ?? 0;
  const rim = Math.hypot(sight.x, z) / radiusAt(outline, outline.height);
  return rim > 0.91 ? mix(colour, plus(light.ambient, scaled(light.colour, 0.5)), 0.4) : colour;
}

// `front` is where the line of sight enters the liquid through the wall; without it, it may still meet the surface.
function throughLiquid(colour: Rgb, { solid, sight, light }: Look, { liquid, front }: { liquid: Liquid; front: Hit | undefined }): Rgb {
  const glow = plus(light.ambient, scaled(light.colour, 0.55));
  const body = times(liquid.colour, glow);
  const white = times([0.88, 0.84, 0.76], glow);
  if (front) {
    if (front.h > liquid.level - liquid.froth) return mix(colour, white, 0.95);
    const edge = Math.abs(sight.x) / front.radius;
    const through = 1 - (1 - liquid.opacity) * (0.55 + 0.45 * edge);
    return mix(colour, scaled(body, 1.05 - 0.35 * edge * edge), through);
  }
  if (throughDisc(solid.outline, sight, liquid.level) === undefined) return colour;
  const surface = liquid.froth > 0 ? white : plus(scaled(body, 1.1), scaled(light.colour, 0.05));
  return mix(colour, surface, 0.35 + 0.6 * liquid.opacity);
}

// Glass is clear where one looks straight at it, and dark with a bright line where one looks along it (Schlick's power of five, softened).
function throughWall(colour: Rgb, { solid, sight, light }: Look, { hit, strength }: { hit: Hit; strength: number }): Rgb {
  const { tint, density } = solid.glass ?? CLEAR;
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

const CLEAR: { readonly tint: Rgb; readonly density: number } = { tint: [1, 1, 1], density: 0 };
