/** A point: the index of the level of each knob. */
export type Levels = readonly number[];

/** Something to minimise over levels of knobs. */
export interface Problem {
  readonly name: string;
  /** How many levels each knob has. */
  readonly counts: readonly number[];
  /** Whether the levels of a knob have no order. */
  readonly categorical: readonly boolean[];
  /** Spread of the readings: 0 where they are exact. */
  readonly noise: number;
  /** Without noise. */
  objective(x: Levels): number;
}

/** Accuracy lost (0 to 1), latency and size in units of the problem. */
export interface Costs {
  readonly drop: number;
  readonly latency: number;
  readonly size: number;
}

/** A problem that is like compressing a network of layers: bits, pruning and rank for each, then three knobs of the whole model. */
export interface CompressionProblem extends Problem {
  readonly layers: number;
  /** Latency and size that must not be exceeded, and the latency of the uncompressed model. */
  readonly limits: { readonly latency: number; readonly size: number };
  readonly uncompressedLatency: number;
  /** Without noise. */
  costs(x: Levels): Costs;
  /** Exact size of one layer at levels of bits, prune and rank; sizes of layers add up. */
  layerSize(layer: number, levels: LayerLevels): number;
}

export interface LayerLevels {
  readonly bits: number;
  readonly prune: number;
  readonly rank: number;
}

export const isCompression = (problem: Problem | CompressionProblem): problem is CompressionProblem => 'layers' in problem;

/** Levels of the roles in each layer and of the global knobs: bits, prune, rank; calibration, backend, layout. */
export const ROLE_COUNTS = [5, 8, 8] as const;
export const GLOBAL_COUNTS = [3, 4, 2] as const;

/** What is minimised where only one number is given: log10 of the drop, with a penalty on each limit that is exceeded. */
export function scalarOf({ limits }: Pick<CompressionProblem, 'limits'>, { drop, latency, size }: Costs): number {
  const over = (value: number, limit: number) => 4 * Math.log2(Math.max(1, value / limit));
  return Math.log10(1e-3 + drop) + over(latency, limits.latency) + over(size, limits.size);
}

/** Two objectives at once: drop and latency, both with the penalty on size. Their reference point is (0, 0). */
export function pairOf(
  problem: Pick<CompressionProblem, 'limits' | 'uncompressedLatency'>,
  { drop, latency, size }: Costs,
): [number, number] {
  const penalty = 4 * Math.log2(Math.max(1, size / problem.limits.size));
  return [Math.log10(1e-3 + drop) + penalty, Math.log10(latency / problem.uncompressedLatency) + penalty];
}

/** The level at an index; a point is as long as the problem has knobs. */
export function at(values: ArrayLike<number>, index: number): number {
  const value = values[index];
  if (value === undefined) throw new RangeError(`there is no value ${index} of ${values.length}`);
  return value;
}
