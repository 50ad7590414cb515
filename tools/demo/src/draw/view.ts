import type { Box } from './canvas.ts';

/** How a thing stands in the picture: seen from above by `elevation`, leaning by `roll`, its foot at a pixel. */
export interface View {
  readonly footX: number;
  readonly footY: number;
  /** Pixels that a length of one becomes. */
  readonly scale: number;
  /** Radians: 0 is from the side, pi/2 from straight above. */
  readonly elevation: number;
  /** Radians, clockwise. */
  readonly roll: number;
}

/** A point of the thing (x right, h up, z towards the viewer) in pixels. Parallel projection. */
export function project(view: View, point: readonly [number, number, number]): readonly [number, number] {
  const [x, h, z] = point;
  const up = h * Math.cos(view.elevation) - z * Math.sin(view.elevation);
  const c = Math.cos(view.roll);
  const s = Math.sin(view.roll);
  return [view.footX + view.scale * (x * c + up * s), view.footY + view.scale * (x * s - up * c)];
}

/** A pixel in the plane of the picture, in lengths of the thing: right of its foot, and up. */
export function unproject(view: View, px: number, py: number): readonly [number, number] {
  const dx = (px - view.footX) / view.scale;
  const dy = (py - view.footY) / view.scale;
  const c = Math.cos(view.roll);
  const s = Math.sin(view.roll);
  return [dx * c + dy * s, dx * s - dy * c];
}

/** A box that surely holds a thing of this height and radius. */
export function boxAround(view: View, height: number, radius: number): Box {
  const corners = [-radius, radius].flatMap((x) => [-radius, height + radius].map((up) => project({ ...view, elevation: 0 }, [x, up, 0])));
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}
