import { paint } from './canvas.ts';
import type { Rgb } from './colour.ts';
import { glazed, unit, type Vector } from './light.ts';
import type { Stage } from './stage.ts';
import { project, type View } from './view.ts';

/** A flat convex face with what is painted on it, by position along its first edge (u) and away from it (v), both 0..1. */
export interface Face {
  readonly corners: readonly [Vector, Vector, Vector, ...Vector[]];
  readonly colour: (u: number, v: number) => Rgb;
  readonly gloss: number;
}

/** Paints the faces that look at the viewer, those further back first. */
export function paintFaces(stage: Stage, faces: readonly Face[]): void {
  const { view, light } = stage;
  const visible = faces
    .map((face) => ({ face, normal: seen(normalOf(face), view), depth: depthOf(face, view) }))
    .filter(({ normal }) => normal[2] > 0);
  for (const { face, normal } of visible.sort((a, b) => a.depth - b.depth))
    paintFace(stage, face, (base) => glazed(base, normal, { light, gloss: face.gloss }));
}

function paintFace({ canvas, view }: Stage, face: Face, shade: (base: Rgb) => Rgb): void {
  const points = face.corners.map((corner) => project(view, corner));
  const [a, b] = points;
  const last = points.at(-1);
  if (!a || !b || !last) return;
  const [ux, uy] = [b[0] - a[0], b[1] - a[1]];
  const [vx, vy] = [last[0] - a[0], last[1] - a[1]];
  const area = ux * vy - uy * vx;
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  paint(canvas, { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) }, (px, py) => {
    if (!insideConvex(points, px, py)) return undefined;
    const [dx, dy] = [px - a[0], py - a[1]];
    return [shade(face.colour((dx * vy - dy * vx) / area, (ux * dy - uy * dx) / area)), 1];
  });
}

function insideConvex(points: readonly (readonly [number, number])[], px: number, py: number): boolean {
  let side = 0;
  for (let i = 0; i < points.length; i++) {
    const [ax, ay] = points[i] ?? [0, 0];
    const [bx, by] = points[(i + 1) % points.length] ?? [0, 0];
    const turn = (bx - ax) * (py - ay) - (by - ay) * (px - ax);
    if (turn === 0) continue;
    if (side !== 0 && turn > 0 !== side > 0) return false;
    side = turn;
  }
  return true;
}

function normalOf({ corners: [a, b, c] }: Face): Vector {
  const [ux, uy, uz] = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
  const [vx, vy, vz] = [c[0] - b[0], c[1] - b[1], c[2] - b[2]];
  return unit([uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx]);
}

const seen = ([x, h, z]: Vector, { elevation: e }: View): Vector => [
  x,
  h * Math.cos(e) - z * Math.sin(e),
  h * Math.sin(e) + z * Math.cos(e),
];

function depthOf(face: Face, { elevation }: View): number {
  const middle = face.corners.reduce((sum, [, h, z]) => sum + h * Math.sin(elevation) + z * Math.cos(elevation), 0);
  return middle / face.corners.length;
}

/** The six faces of a box that stands turned by `turn` (radians) on the table. Corners run counter-clockwise seen from outside. */
export function boxFaces(
  size: { width: number; height: number; depth: number; turn: number },
  look: (side: 'front' | 'side' | 'top') => Omit<Face, 'corners'>,
): Face[] {
  const { width, height, depth, turn } = size;
  const at = ([x, h, z]: Vector): Vector => turned([(x * width) / 2, h * height, (z * depth) / 2], turn);
  const quad = (side: 'front' | 'side' | 'top', [a, b, c, d]: readonly [Vector, Vector, Vector, Vector]): Face => ({
    corners: [at(a), at(b), at(c), at(d)],
    ...look(side),
  });
  return [
    quad('front', [
      [-1, 0, 1],
      [1, 0, 1],
      [1, 1, 1],
      [-1, 1, 1],
    ]),
    quad('front', [
      [1, 0, -1],
      [-1, 0, -1],
      [-1, 1, -1],
      [1, 1, -1],
    ]),
    quad('side', [
      [1, 0, 1],
      [1, 0, -1],
      [1, 1, -1],
      [1, 1, 1],
    ]),
    quad('side', [
      [-1, 0, -1],
      [-1, 0, 1],
      [-1, 1, 1],
      [-1, 1, -1],
    ]),
    quad('top', [
      [-1, 1, 1],
      [1, 1, 1],
      [1, 1, -1],
      [-1, 1, -1],
    ]),
  ];
}

/** Turned around the upright axis. */
export function turned([x, h, z]: Vector, by: number): Vector {
  return [x * Math.cos(by) + z * Math.sin(by), h, z * Math.cos(by) - x * Math.sin(by)];
}
