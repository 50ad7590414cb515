import { isRefusal, type Refusal, refuse } from '@fleetfit/core';
import { type Calibration, type Model, type PassContext, viewOf } from '@fleetfit/onnx';
import { everyFor, gatherProducts, POSITIONS, type ProductSums } from './gather-products.ts';
import { inferShapes } from './infer-shapes.ts';
import { type Features, featuresOf } from './layer-features.ts';

/**
 * Second moments of what the weights of a layer multiply. Columns are in the order of the weight's own numbers: for a convolution
 * (channel of the group, kernel row, kernel column), zeros of the padding included; for dense layers the inputs.
 */
export interface LayerCovariance {
  /** Groups of a grouped convolution; a depthwise one has as many as channels. 1 for the others. */
  readonly groups: number;
  /** Numbers in a column. */
  readonly size: number;
  /** (groups, size, size): E[x x'], not centred. */
  readonly moments: Float64Array;
  /** (groups, size): E[x] */
  readonly means: Float64Array;
  /** How many columns were averaged, of each group. */
  readonly count: number;
}

export interface CovarianceOptions {
  /** Positions of one image that count at most; more are stepped over evenly. Default 1024. */
  readonly positions?: number;
  /** Only these calibration images, by index. */
  readonly only?: (index: number) => boolean;
}

/**
 * Runs calibration images through a model and returns E[x x'] and E[x] of the input columns of the layers named, by node id.
 * The runtime multiplies, sums are kept in float64, and images stream: memory is bounded by the result (size squared times 8 bytes for
 * each layer and group) and 256 MB. Layers that are no convolution or dense layer with constant weights have a refusal instead.
 *
 * @param model of opset 13 or later (raise-opset)
 * @throws FleetError `cancelled` when the signal says so
 */
export async function gatherCovariances(
  model: Model,
  layers: readonly string[],
  context: Pick<PassContext, 'runtime' | 'threads' | 'signal' | 'progress'> & { readonly calibration: Calibration } & CovarianceOptions,
): Promise<ReadonlyMap<string, LayerCovariance | Refusal>> {
  const { positions = POSITIONS } = context;
  const found = new Map<string, LayerCovariance | Refusal>();
  const features = new Map<string, Features>();
  const graph = viewOf(model);
  const shapes = inferShapes(model);
  const nodes = new Map(graph.nodes.map((node) => [graph.idOf(node), node]));
  for (const layer of layers) {
    const node = nodes.get(layer);
    const its = node ? featuresOf(node, graph, shapes) : refuse(`the model has no layer "${layer}"`);
    if (isRefusal(its)) found.set(layer, its);
    else features.set(layer, its);
  }
  // Layers that read the same columns share them.
  const unique = [...new Map([...features.values()].map((each) => [JSON.stringify(each), each])).values()];
  const sums = await gatherProducts(
    model,
    unique.map((left) => ({ left, every: everyFor(left.positions, positions) })),
    { ...context, progress: (done) => context.progress(done, `covariances, ${Math.round(done * context.calibration.count)} images`) },
  );
  const byFeatures = new Map(unique.map((each, i) => [JSON.stringify(each), sums[i]]));
  for (const [layer, its] of features) {
    const its64 = byFeatures.get(JSON.stringify(its));
    if (its64) found.set(layer, meanOf(its64));
  }
  return found;
}

/** Sums of products of columns with themselves as means. */
export function meanOf({ groups, leftSize, products, leftSums, count }: ProductSums): LayerCovariance {
  const by = 1 / Math.max(1, count);
  return { groups, size: leftSize, moments: products.map((sum) => sum * by), means: leftSums.map((sum) => sum * by), count };
}

/** The covariance of one group, centred: E[x x'] - E[x] E[x]', (size, size). */
export function centred({ size, moments, means }: LayerCovariance, group = 0): Float64Array {
  const covariance = moments.slice(group * size * size, (group + 1) * size * size);
  const at = group * size;
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) covariance[i * size + j] = (covariance[i * size + j] ?? 0) - (means[at + i] ?? 0) * (means[at + j] ?? 0);
  return covariance;
}

/** Moments of the columns that are left when some of their numbers are gone, in every group. */
export function momentsWithout({ groups, size, moments, means, count }: LayerCovariance, gone: ReadonlySet<number>): LayerCovariance {
  const kept = Array.from({ length: size }, (_, i) => i).filter((i) => !gone.has(i));
  const left = new Float64Array(groups * kept.length ** 2);
  const leftMeans = new Float64Array(groups * kept.length);
  for (let group = 0; group < groups; group++)
    kept.forEach((i, a) => {
      leftMeans[group * kept.length + a] = means[group * size + i] ?? 0;
      kept.forEach((j, b) => void (left[(group * kept.length + a) * kept.length + b] = moments[(group * size + i) * size + j] ?? 0));
    });
  return { groups, size: kept.length, moments: left, means: leftMeans, count };
}
