import type { Calibration, Model, PassContext } from '@fleetfit/onnx';
import { type ChannelGroup, type ChannelGroups, channelGroups } from './channel-groups.ts';
import { type ReadingLayer, readingLayers } from './channel-readers.ts';
import { type LayerCovariance, meanOf } from './gather-covariances.ts';
import { everyFor, gatherProducts, POSITIONS, type ProductSums } from './gather-products.ts';
import { type Answers, answersOfModel, distanceOf } from './output-distance.ts';
import { eliminateGroup, type GroupStatistics, pruneGroup } from './prune-group.ts';
import { keptLevels } from './prune-plan.ts';
import { makeMemory } from './remember.ts';

/** What a pass needs to fit on calibration images. */
export type FittingContext = Pick<PassContext, 'runtime' | 'threads' | 'signal' | 'progress'> & { readonly calibration: Calibration };

/** Every fifth image is held out: a net fitted on images looks 3 to 12 times better on them than on others. */
const isHeldOut = (index: number): boolean => index % 5 === 4;
/** Distances of answers need few images. */
const HELD_OUT_MOST = 64;

/** A model as it is pruned: its groups, and the layers that read them. */
export interface PrunableModel {
  readonly model: Model;
  readonly groups: ChannelGroups;
  readonly layers: ReadonlyMap<string, ReadingLayer>;
}

export function prunableModel(model: Model): PrunableModel {
  const groups = channelGroups(model);
  return { model, groups, layers: readingLayers(groups, groups.groups) };
}

interface Sums {
  readonly fitted: ReadonlyMap<string, ProductSums>;
  readonly heldOut: ReadonlyMap<string, ProductSums>;
}

const sumsOf = makeMemory<Sums>();
const answers = makeMemory<Answers>();
const curves = makeMemory<PruningCurve>();

/** A model, and the layers of it that are fitted. */
export type FittedModel = Pick<PrunableModel, 'model' | 'layers'>;

/** Moments of every layer, by id: of the images that curves are fitted on, or of all. Remembered with the Calibration object. */
export async function momentsOf(
  fittedModel: FittedModel,
  which: 'fitted' | 'all',
  context: FittingContext,
): Promise<ReadonlyMap<string, LayerCovariance>> {
  const { calibration } = context;
  const about = `moments of ${[...fittedModel.layers.keys()].join()}`;
  const { fitted, heldOut } = await sumsOf({ calibration, model: fittedModel.model, about }, async () => ({
    fitted: await gather(fittedModel, (index) => !isHeldOut(index), context),
    heldOut: await gather(fittedModel, isHeldOut, context),
  }));
  if (which === 'fitted' && calibration.count >= 5) return new Map([...fitted].map(([id, sums]) => [id, meanOf(sums)]));
  return new Map([...fitted].map(([id, sums]) => [id, meanOf(added(sums, heldOut.get(id)))]));
}

async function gather(
  { model, layers }: FittedModel,
  only: (index: number) => boolean,
  context: FittingContext,
): Promise<ReadonlyMap<string, ProductSums>> {
  const wanted = [...layers.values()];
  // Layers that read the same columns share them.
  const unique = [...new Map(wanted.map(({ features }) => [JSON.stringify(features), features])).values()];
  const sums = await gatherProducts(
    model,
    unique.map((left) => ({ left, every: everyFor(left.positions, POSITIONS) })),
    { ...context, only, progress: (done) => context.progress(done * 0.3, 'what layers read, on calibration images') },
  );
  const byFeatures = new Map(unique.map((features, i) => [JSON.stringify(features), sums[i]]));
  return new Map(
    wanted.flatMap(({ id, features }) => {
      const its = byFeatures.get(JSON.stringify(features));
      return its ? [[id, its] as const] : [];
    }),
  );
}

function added(a: ProductSums, b: ProductSums | undefined): ProductSums {
  if (!b) return a;
  const sum = (x: Float64Array, y: Float64Array): Float64Array => x.map((value, i) => value + (y[i] ?? 0));
  return {
    ...a,
    products: sum(a.products, b.products),
    leftSums: sum(a.leftSums, b.leftSums),
    rightSums: sum(a.rightSums, b.rightSums),
    count: a.count + b.count,
  };
}

/** What it costs to keep fewer channels of one group, all others whole. */
export interface PruningCurve {
  readonly group: string;
  readonly channels: number;
  /** Units that the channels go in. */
  readonly units: number;
  /** Measured on held-out images: channels kept, and the distance of the answers. */
  readonly points: readonly { readonly kept: number; readonly distance: number }[];
  /** By number of removed units: squared error of the layers that read them, as a share of their variance. */
  readonly losses: Float64Array;
}

/** Shares that are measured; what lies between follows the losses of the fit. */
const MEASURED = [0.8, 0.6, 0.4];

/**
 * Measures what pruning one group costs: fitted on four fifths of the calibration images, judged on the rest by the distance of the
 * answers (output-distance.ts). Remembered for each group.
 */
export function pruningCurve(
  prunable: PrunableModel,
  group: ChannelGroup,
  {
    context,
    ridge,
    round,
    least,
  }: { readonly context: FittingContext; readonly ridge: number; readonly round: number; readonly least: number },
): Promise<PruningCurve> {
  const { calibration } = context;
  const about = `curve of ${group.name} ${round} ${least} ${ridge}`;
  return curves({ calibration, model: prunable.model, about }, async () => {
    const levels = keptLevels(group, { round, least });
    const statistics: GroupStatistics = { moments: await momentsOf(prunable, 'fitted', context) };
    const measured = [...new Set(MEASURED.map((share) => nearest(levels, share * group.channels)))].filter((kept) => kept !== undefined);
    const removedAt = (kept: number): number => Math.round(group.units.length * (1 - kept / group.channels));
    const counts = measured.map(removedAt);
    const most = removedAt(levels.at(-1) ?? group.channels);
    const elimination = eliminateGroup(prunable, group, { statistics, ridge, most, at: counts });
    const points: { kept: number; distance: number }[] = [];
    for (const kept of measured) {
      const pruned = pruneGroup(prunable.model, prunable, { elimination, count: removedAt(kept), statistics });
      points.push({ kept, distance: await heldOutDistance(prunable.model, pruned, context) });
    }
    return { group: group.name, channels: group.channels, units: group.units.length, points, losses: elimination.losses };
  });
}

const nearest = (levels: readonly number[], wanted: number): number | undefined =>
  levels.reduce<number | undefined>(
    (best, kept) => (best === undefined || Math.abs(kept - wanted) < Math.abs(best - wanted) ? kept : best),
    undefined,
  );

/** How far the answers of a changed model are from those of the model, on calibration images that nothing was fitted on. */
export async function heldOutDistance(model: Model, changed: Model, context: FittingContext): Promise<number> {
  const { calibration } = context;
  const only = calibration.count < 5 ? () => true : (index: number) => isHeldOut(index) && index < HELD_OUT_MOST * 5;
  const wanted = await answers({ calibration, model, about: 'answers' }, () => answersOfModel(model, { ...context, only }));
  const got = await answersOfModel(changed, { ...context, only });
  return distanceOf(wanted, { ...got, kind: wanted.kind });
}

/**
 * The distance at any number of channels: measured points joined along the losses of the fit, which have the right shape between them
 * (loss times a factor that changes linearly from point to point).
 */
export function distanceAt({ channels, units, points, losses }: PruningCurve, kept: number): number {
  if (kept >= channels) return 0;
  const lossOf = (at: number): number => losses[Math.round(units * (1 - at / channels))] ?? losses.at(-1) ?? 0;
  const sorted = points.toSorted((a, b) => b.kept - a.kept);
  const factors = sorted.map((point) => ({ kept: point.kept, factor: point.distance / Math.max(lossOf(point.kept), 1e-12) }));
  const after = factors.find((point) => point.kept <= kept) ?? factors.at(-1);
  const before = factors.findLast((point) => point.kept > kept) ?? after;
  if (!after || !before) return lossOf(kept);
  const share = before.kept === after.kept ? 1 : (before.kept - kept) / (before.kept - after.kept);
  return lossOf(kept) * (before.factor + (after.factor - before.factor) * Math.min(1, share));
}
