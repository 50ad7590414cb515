import { paint } from './canvas.ts';
import { type Rgb, scaled } from './colour.ts';
import { glazed, type Vector } from './light.ts';
import type { Stage } from './stage.ts';
import { project } from './view.ts';

/** A bent round bar: a handle, a straw, a spoon. */
export interface Tube {
  /** Its middle line, in lengths of the thing it belongs to. */
  readonly path: readonly Vector[];
  readonly radius: number;
  readonly colour: Rgb;
  readonly gloss: number;
  /** Rings of a second colour along it. */
  readonly stripes?: Rgb;
  /** 1 is opaque. */
  readonly opacity?: number;
}

/** Paints the bar as the region near its projected middle line, shaded as round across it. */
export function paintTube({ canvas, view, light }: Stage, tube: Tube): void {
  const points = tube.path.map((point) => project(view, point));
  const radius = Math.max(0.45, tube.radius * view.scale);
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const box = {
    left: Math.min(...xs) - radius,
    right: Math.max(...xs) + radius,
    top: Math.min(...ys) - radius,
    bottom: Math.max(...ys) + radius,
  };
  paint(canvas, box, (px, py) => {
    const near = nearestOn(points, px, py);
    if (near.distance > radius) return undefined;
    const across = near.distance / radius;
    const length = Math.hypot(near.dx, near.dy) || 1;
    const normal: Vector = [(near.dx / length) * across, (-near.dy / length) * across, Math.sqrt(Math.max(0, 1 - across * across))];
    const striped = tube.stripes && Math.floor(near.along / (radius * 2.2)) % 2 === 0 ? tube.stripes : tube.colour;
    return [scaled(glazed(striped, normal, { light, gloss: tube.gloss }), 0.92), tube.opacity ?? 1];
  });
}

function nearestOn(points: readonly (readonly [number, number])[], px: number, py: number) {
  let best = { distance: Number.POSITIVE_INFINITY, dx: 0, dy: 0, along: 0 };
  let walked = 0;
  for (let i = 1; i < points.length; i++) {
    const [ax, ay] = points[i - 1] ?? [0, 0];
    const [bx, by] = points[i] ?? [0, 0];
    const length = Math.hypot(bx - ax, by - ay) || 1e-6;
    const t = Math.max(0, Math.min(1, ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / (length * length)));
    const dx = px - ax - (bx - ax) * t;
    const dy = py - ay - (by - ay) * t;
    const distance = Math.hypot(dx, dy);
    if (distance < best.distance) best = { distance, dx, dy, along: walked + t * length };
    walked += length;
  }
  return best;
}

/** The ear of a mug: from one height to another, out by `out`, at an angle around the axis (0 towards the viewer). */
export function handlePath(options: {
  readonly angle: number;
  readonly low: readonly [height: number, radius: number];
  readonly high: readonly [height: number, radius: number];
  readonly out: number;
  readonly square: number;
}): readonly Vector[] {
  const { angle, low, high, out, square } = options;
  return Array.from({ length: 15 }, (_, i): Vector => {
    const turn = (Math.PI * i) / 14;
    // A superellipse: `square` 1 is round, smaller is boxy.
    const reach = Math.sin(turn) ** square;
    const t = 0.5 - 0.5 * Math.sign(Math.cos(turn)) * Math.abs(Math.cos(turn)) ** square;
    const radius = low[1] + (high[1] - low[1]) * t + out * reach;
    return [radius * Math.sin(angle), low[0] + (high[0] - low[0]) * t, radius * Math.cos(angle)];
  });
}
