/** How a radius goes to the next control point: straight, as an S, or swelling like the quarter of an ellipse. */
type Bend = 'line' | 'ease' | 'round';

/** Height above the foot, radius there, and how the curve gets there from the point below. */
export type ControlPoint = readonly [height: number, radius: number, bend?: Bend];

/** The outline of a solid of revolution: radii at equal steps of height. */
export interface Profile {
  readonly height: number;
  readonly radii: Float32Array;
  readonly widest: number;
}

const STEPS = 44;

/** The outline through control points that go up from height 0. */
export function profile(...points: readonly ControlPoint[]): Profile {
  const height = points.at(-1)?.[0] ?? 1;
  const radii = Float32Array.from({ length: STEPS + 1 }, (_, step) => radiusThrough(points, (height * step) / STEPS));
  return { height, radii, widest: Math.max(...radii) };
}

function radiusThrough(points: readonly ControlPoint[], h: number): number {
  const next = points.findIndex(([height]) => height >= h - 1e-9);
  const to = points[next] ?? points.at(-1);
  const from = points[next - 1] ?? to;
  if (!to || !from) return 0;
  const span = to[0] - from[0];
  const t = span > 0 ? Math.min(1, (h - from[0]) / span) : 1;
  const bend = to[2] ?? 'line';
  const eased = bend === 'line' ? t : bend === 'ease' ? t * t * (3 - 2 * t) : Math.sqrt(1 - (1 - t) ** 2);
  return from[1] + (to[1] - from[1]) * eased;
}

export function radiusAt(outline: Profile, h: number): number {
  const at = Math.max(0, Math.min(STEPS, (h / outline.height) * STEPS));
  const low = Math.min(STEPS - 1, Math.floor(at));
  const r0 = outline.radii[low] ?? 0;
  return r0 + ((outline.radii[low + 1] ?? r0) - r0) * (at - low);
}

/** Where a line of sight meets the wall: height, depth towards the viewer from the axis, radius and its growth with height. */
export interface Hit {
  readonly h: number;
  readonly z: number;
  readonly radius: number;
  readonly slope: number;
}

/**
 * Meets the wall with the line of sight through (x, up): on the side of the viewer (`near`) the hit in front of all others,
 * else the one behind all others.
 */
export function meetWall(outline: Profile, sight: { x: number; up: number; sin: number; cos: number }, near: boolean): Hit | undefined {
  const { radii, height } = outline;
  const { x, up, sin, cos } = sight;
  const side = near ? 1 : -1;
  const reach = Math.abs(x);
  const step = height / STEPS;
  let best: Hit | undefined;
  let bestDepth = Number.NEGATIVE_INFINITY;
  // The wall at height h is seen at most a radius, foreshortened, below (near) or above (far) the middle of its ring.
  const spread = outline.widest * sin;
  const first = Math.max(0, Math.floor((near ? up : up - spread) / (step * cos)));
  const end = Math.min(STEPS, Math.ceil((near ? up + spread : up) / (step * cos)));
  for (let i = first; i < end; i++) {
    const a = radii[i] ?? 0;
    const b = radii[i + 1] ?? 0;
    if (a < reach && b < reach) continue;
    // Where the outline is narrower than x at one end, the wall begins between the two, at depth 0.
    const crossing = a === b ? 0 : (reach - a) / (b - a);
    const t0 = a < reach ? crossing : 0;
    const t1 = b < reach ? crossing : 1;
    const f0 = (i + t0) * step * cos - side * depthOf(a + (b - a) * t0, x) * sin - up;
    const f1 = (i + t1) * step * cos - side * depthOf(a + (b - a) * t1, x) * sin - up;
    if (f0 > 0 === f1 > 0) continue;
    const t = t0 + (t1 - t0) * (f0 / (f0 - f1));
    const radius = a + (b - a) * t;
    const z = side * depthOf(radius, x);
    const h = (i + t) * step;
    const depth = side * (h * sin + z * cos);
    if (depth > bestDepth) {
      bestDepth = depth;
      best = { h, z, radius: Math.max(radius, 1e-6), slope: (b - a) / step };
    }
  }
  return best;
}

const depthOf = (radius: number, x: number): number => Math.sqrt(Math.max(0, radius * radius - x * x));
