import type { Rgb } from './colour.ts';
import { unit, type Vector } from './light.ts';
import { type Hit, type Profile, radiusAt } from './profile.ts';

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

/** A line of sight: its place in the plane of the picture, and the sine and cosine of the camera's elevation. */
export interface Sight {
  readonly x: number;
  readonly up: number;
  readonly sin: number;
  readonly cos: number;
}

/** The depth at which the line of sight passes the level h, where it does so inside the outline. */
export function throughDisc(outline: Profile, { x, up, sin, cos }: Sight, h: number): number | undefined {
  const z = (h * cos - up) / sin;
  const r = radiusAt(outline, h);
  return x * x + z * z < r * r ? z : undefined;
}

/** The normal of a wall as the viewer sees it: turned by the elevation so that z points at the eye. */
export function seenNormal({ x, sin, cos }: Sight, hit: Hit): Vector {
  const [nx, nh, nz] = unit([x / hit.radius, -hit.slope, hit.z / hit.radius]);
  return [nx, nh * cos - nz * sin, nh * sin + nz * cos];
}
