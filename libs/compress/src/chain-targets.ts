import { editModel, type Model, type Node, viewOf } from '@fleetfit/onnx';
import { biasOf, meanOutput, type ReadingLayer, takesBias, weightMatrices } from './channel-readers.ts';
import type { ChannelWalk } from './channel-rule.ts';
import { centred, type LayerCovariance, meanOf } from './gather-covariances.ts';
import { everyFor, gatherProducts, POSITIONS, type ProductSums } from './gather-products.ts';
import { joinModels } from './join-models.ts';
import type { Features } from './layer-features.ts';
import type { GroupStatistics, Target } from './prune-group.ts';
import type { ImageRun } from './run-images.ts';

const ORIGINAL = 'original of ';

/**
 * Statistics of the layers named, gathered on a net that is compressed already, with a target that repairs what it inherited:
 *
 *     y = mu (original block output - what is added to it now) + (1 - mu) (own old output)
 *
 * mu = 0 lets errors pile up; mu = 1 repairs all of them at the price of features of classes that the images do not show.
 * The block output is that of the Add behind the layer where there is one, else the layer's own.
 */
export async function chainedStatistics(
  current: { readonly model: Model; readonly walk: Pick<ChannelWalk, 'graph'>; readonly layers: ReadonlyMap<string, ReadingLayer> },
  wanted: { readonly original: Model; readonly readers: readonly string[]; readonly mu: number },
  run: ImageRun & { readonly progress: (done: number) => void },
): Promise<GroupStatistics> {
  const layers = wanted.readers.flatMap((id) => current.layers.get(id) ?? []);
  let joined = joinModels(wanted.original, current.model, ORIGINAL);
  const targets = new Map<string, Features>();
  joined = editModel(joined, (graph) => {
    for (const layer of layers) {
      // Columns of a dense layer from before its pooling have no output each.
      const hasOutputs = layer.apart === 1 && takesBias(layer) && layer.features.value === layer.node.inputs[0];
      const value = wanted.mu > 0 && hasOutputs ? targetOf(layer, wanted.original, current.walk) : undefined;
      if (!value) continue;
      const target = graph.freshName(`${layer.id} should give`);
      graph.add(
        value.minus === undefined
          ? { op: 'Identity', inputs: [`${ORIGINAL}${value.of}`], outputs: [target] }
          : { op: 'Sub', inputs: [`${ORIGINAL}${value.of}`, value.minus], outputs: [target] },
      );
      const { groups, axis, positions } = layer.features;
      targets.set(layer.id, { value: target, groups, size: layer.outputs, axis, window: undefined, positions });
    }
  });
  const products = layers.flatMap((layer) => {
    const every = everyFor(layer.features.positions, POSITIONS);
    const right = targets.get(layer.id);
    return [{ left: layer.features, every }, ...(right ? [{ left: layer.features, right, every }] : [])];
  });
  const sums = await gatherProducts(joined, products, run);
  return statisticsFrom(layers, { targets, sums, mu: wanted.mu });
}

function statisticsFrom(
  layers: readonly ReadingLayer[],
  { targets, sums, mu }: { readonly targets: ReadonlyMap<string, Features>; readonly sums: readonly ProductSums[]; readonly mu: number },
): GroupStatistics {
  const moments = new Map<string, LayerCovariance>();
  const found = new Map<string, Target>();
  let at = 0;
  for (const layer of layers) {
    const own = sums[at++];
    const cross = targets.has(layer.id) ? sums[at++] : undefined;
    if (!own) continue;
    const its = meanOf(own);
    moments.set(layer.id, its);
    if (cross) found.set(layer.id, blended(layer, { its, cross, mu }));
  }
  return { moments, targets: found };
}

function blended(
  layer: ReadingLayer,
  { its, cross, mu }: { readonly its: LayerCovariance; readonly cross: ProductSums; readonly mu: number },
): Target {
  const { size } = layer.features;
  const { outputs } = layer;
  const matrices = weightMatrices(layer);
  const own = meanOutput(layer, matrices, its.means);
  const b = biasOf(layer);
  const by = 1 / Math.max(1, cross.count);
  const means = cross.rightSums.map((sum, o) => mu * sum * by + (1 - mu) * ((own[o] ?? 0) + (b?.[o] ?? 0)));
  const crosses = matrices.map((w, group) => {
    const s = centred(its, group);
    const c = new Float64Array(size * outputs);
    for (let i = 0; i < size; i++) {
      const mean = its.means[group * size + i] ?? 0;
      for (let o = 0; o < outputs; o++) {
        const at = (group * size + i) * outputs + o;
        c[i * outputs + o] = mu * ((cross.products[at] ?? 0) * by - mean * (cross.rightSums[group * outputs + o] ?? 0) * by);
      }
      for (let k = 0; k < size; k++) {
        const f = (1 - mu) * (s[i * size + k] ?? 0);
        for (let o = 0; o < outputs; o++) c[i * outputs + o] = (c[i * outputs + o] ?? 0) + f * (w[k * outputs + o] ?? 0);
      }
    }
    return c;
  });
  return { crosses, means };
}

interface TargetValue {
  /** A value of the original. */
  readonly of: string;
  /** What the compressed net adds to the layer's output. */
  readonly minus: string | undefined;
}

/** Undefined where the original has no value of that name, or another shape: then the own output is the target. */
function targetOf({ node }: ReadingLayer, original: Model, walk: Pick<ChannelWalk, 'graph'>): TargetValue | undefined {
  const [y = ''] = node.outputs;
  const before = viewOf(original);
  const maker = before.nodeMaking(y);
  if (maker?.op !== node.op) return undefined;
  const add = onlyAdd(walk.graph.usersOf(y));
  const [sum = ''] = add?.outputs ?? [];
  if (!add || before.nodeMaking(sum)?.op !== add.op) return { of: y, minus: undefined };
  const other = add.inputs.find((input) => input !== y);
  return other === undefined || walk.graph.constant(other) ? { of: y, minus: undefined } : { of: sum, minus: other };
}

const onlyAdd = (users: readonly Node[]): Node | undefined =>
  users.length === 1 && (users[0]?.op === 'Add' || users[0]?.op === 'Sum') && users[0].inputs.length === 2 ? users[0] : undefined;
