import type { Shape } from './infer-shapes.ts';

/**
 * The channels of one value: `ids` names the channel of each place along the axes `from` to `to`, row-major. Most values have one such
 * axis; between the Reshape and Transpose of a channel shuffle there are two, and behind Flatten each id stands once for each pixel.
 */
export interface Channels {
  readonly shape: Shape;
  readonly from: number;
  readonly to: number;
  readonly ids: readonly number[];
}

/** Channels that must be kept or removed together, as sets that are merged while a graph is read. */
export interface Atoms {
  /** New channels, each on its own. */
  fresh(count: number): number[];
  /** From now on these go together, place by place. */
  join(a: readonly number[], b: readonly number[]): void;
  /** They must stay, and why. */
  freeze(ids: readonly number[], why: string): void;
  /** The name of the set that a channel belongs to. */
  setOf(id: number): number;
  /** Why a set must stay; undefined where it may go. */
  frozen(id: number): string | undefined;
  readonly count: number;
}

export function makeAtoms(): Atoms {
  const parents: number[] = [];
  const reasons = new Map<number, string>();
  const setOf = (id: number): number => {
    let root = id;
    for (let next = parents[root] ?? root; next !== root; next = parents[root] ?? root) root = next;
    for (let at = id; at !== root; ) {
      const next = parents[at] ?? root;
      parents[at] = root;
      at = next;
    }
    return root;
  };
  const joinTwo = (a: number, b: number): void => {
    const [low, high] = [setOf(a), setOf(b)].sort((x, y) => x - y);
    if (low === undefined || high === undefined || low === high) return;
    parents[high] = low;
    const why = reasons.get(low) ?? reasons.get(high);
    if (why !== undefined) reasons.set(low, why);
  };
  return {
    fresh: (count) => Array.from({ length: count }, () => parents.push(parents.length) - 1),
    join: (a, b) => a.forEach((id, i) => joinTwo(id, b[i] ?? id)),
    freeze(ids, why) {
      for (const id of ids) {
        const root = setOf(id);
        if (!reasons.has(root)) reasons.set(root, why);
      }
    },
    setOf,
    frozen: (id) => reasons.get(setOf(id)),
    get count() {
      return parents.length;
    },
  };
}

const product = (dims: Shape): number => dims.reduce((all, dim) => all * dim, 1);

/** Axes of one at either end of the channel axes say nothing: they are left to the batch and the pixels. */
export function normalized({ shape, from, to, ids }: Channels): Channels {
  let [a, b] = [from, to];
  while (a < b - 1 && shape[a] === 1) a++;
  while (b - 1 > a && shape[b - 1] === 1) b--;
  return { shape, from: a, to: b, ids };
}

/**
 * The channels behind a Reshape, Flatten, Squeeze or Unsqueeze; undefined where channels and other axes are mixed.
 * Pixels behind the channels may be drawn in: every channel then stands once for each of them.
 */
export function reshaped({ shape, from, to, ids }: Channels, target: Shape): Channels | undefined {
  const before = product(shape.slice(0, from));
  const behind = product(shape.slice(to));
  const start = lastAxisWhere(target, (axis) => product(target.slice(0, axis)) === before);
  if (start === undefined) return undefined;
  const end = firstAxisWhere(target, start, (axis) => product(target.slice(start, axis)) === ids.length);
  if (end !== undefined) return normalized({ shape: target, from: start, to: end, ids });
  if (product(target.slice(start)) !== ids.length * behind) return undefined;
  const spread = ids.flatMap((id) => Array.from({ length: behind }, () => id));
  return normalized({ shape: target, from: start, to: target.length, ids: spread });
}

const lastAxisWhere = (shape: Shape, holds: (axis: number) => boolean): number | undefined =>
  Array.from({ length: shape.length + 1 }, (_, i) => shape.length - i).find(holds);

const firstAxisWhere = (shape: Shape, start: number, holds: (axis: number) => boolean): number | undefined =>
  Array.from({ length: shape.length - start }, (_, i) => start + 1 + i).find(holds);

/** The channels behind a Transpose; undefined where their axes would stand apart. */
export function transposed({ shape, from, to, ids }: Channels, order: readonly number[]): Channels | undefined {
  const places = order.flatMap((axis, place) => (axis >= from && axis < to ? [place] : []));
  const [first = 0] = places;
  if (places.some((place, i) => place !== first + i)) return undefined;
  const inner = order.slice(first, first + places.length).map((axis) => axis - from);
  const dims = shape.slice(from, to);
  const turned = indicesOf(inner.map((axis) => dims[axis] ?? 1)).map((index) => {
    const old = dims.map((_, axis) => index[inner.indexOf(axis)] ?? 0);
    return ids[flatIndex(old, dims)] ?? 0;
  });
  return normalized({ shape: order.map((axis) => shape[axis] ?? 1), from: first, to: first + places.length, ids: turned });
}

/** Places picked along one of the channel axes: Slice, Split and Gather. */
export function picked({ shape, from, to, ids }: Channels, axis: number, places: readonly number[]): Channels {
  const dims = shape.slice(from, to);
  const kept = dims.with(axis - from, places.length);
  const chosen = indicesOf(kept).map((index) => ids[flatIndex(index.with(axis - from, places[index[axis - from] ?? 0] ?? 0), dims)] ?? 0);
  return { shape: shape.with(axis, places.length), from, to, ids: chosen };
}

/** For every place along one channel axis, the channels there: they can only go together if the rest is to stay a grid. */
export function layersAlong({ shape, from, to, ids }: Channels, axis: number): number[][] {
  const dims = shape.slice(from, to);
  const layers = Array.from({ length: shape[axis] ?? 0 }, (): number[] => []);
  indicesOf(dims).forEach((index, i) => void layers[index[axis - from] ?? 0]?.push(ids[i] ?? 0));
  return layers;
}

function indicesOf(dims: Shape): number[][] {
  return dims.reduce<number[][]>((all, size) => all.flatMap((index) => Array.from({ length: size }, (_, at) => [...index, at])), [[]]);
}

const flatIndex = (index: readonly number[], dims: Shape): number => index.reduce((flat, at, axis) => flat * (dims[axis] ?? 1) + at, 0);
