import { isRefusal } from '@fleetfit/core';
import { constantOf, editModel, floatsOf, type Model, viewOf } from '@fleetfit/onnx';
import { costOfModel } from './cost-of-model.ts';
import { raisedModel } from './passes/raise-opset.ts';
import { channelSavings, keptLevels } from './prune-plan.ts';
import { type FittingContext, heldOutDistance, prunableModel, pruningCurve } from './pruning-curves.ts';
import { storedWeightOf } from './stored-weight.ts';

/** What one option for one layer costs and gains, everything else left as it is. */
export interface Sensitivity {
  readonly layer: string;
  /** `weights-8`, `weights-4`: only the weights of the layer are rounded to so many bits; `keep-48`: channels that remain. */
  readonly option: string;
  /** The recipe that does it; absent for options that are made only to be looked at. */
  readonly recipe?: string;
  /** How far the answers move on images that nothing was fitted on: KL divergence in nats for classifiers, relative squared error else. */
  readonly distance: number;
  /** Bytes of weights saved, the scales of rounded ones not counted. */
  readonly savesBytes: number;
  /** Multiply-accumulates saved. */
  readonly savesMacs: number;
}

/**
 * The sensitivity report of a model: for every layer and option, what it costs in the distance of the answers and what it saves.
 * Layers are compressed one at a time: their distances rank plans well, though the sum of several is too low by half.
 * What was measured is remembered with the calibration images, so a pass that spreads a budget afterwards finds it.
 *
 * @throws FleetError `cancelled`, `unsupported` when the runtime refuses the model
 */
export async function sensitivityOfModel(model: Model, context: FittingContext): Promise<readonly Sensitivity[]> {
  const raised = raisedModel(model).model;
  const half = (from: number): FittingContext => ({ ...context, progress: (done, what) => context.progress(from + done / 2, what) });
  const rounded = await roundingOf(raised, half(0));
  return [...rounded, ...(await pruningOf(raised, half(0.5)))];
}

async function roundingOf(model: Model, context: FittingContext): Promise<Sensitivity[]> {
  const graph = viewOf(model);
  const layers = graph.nodes.flatMap((node) => {
    const layer = storedWeightOf(node, graph);
    return isRefusal(layer) ? [] : [layer];
  });
  const found: Sensitivity[] = [];
  for (const [i, { id, weight, axis }] of layers.entries()) {
    context.progress(i / layers.length, `what rounding ${id} costs, ${i + 1} of ${layers.length}`);
    const count = weight.dims.reduce((product, dim) => product * dim, 1);
    for (const bits of [8, 4]) {
      const values = roundedTo(floatsOf(weight), { dims: weight.dims, axis: axis ?? 0, bits });
      const changed = editModel(model, (editor) => editor.setConstant(constantOf(weight.name, weight.dims, values)));
      const distance = await heldOutDistance(model, changed, context);
      found.push({ layer: id, option: `weights-${bits}`, distance, savesBytes: Math.round(count * (4 - bits / 8)), savesMacs: 0 });
    }
  }
  return found;
}

/** To the nearest step of the largest weight of each output channel. */
function roundedTo(
  values: Float32Array,
  { dims, axis, bits }: { readonly dims: readonly number[]; readonly axis: number; readonly bits: number },
): Float32Array {
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const size = dims[axis] ?? 1;
  const channelOf = (i: number): number => Math.floor(i / inner) % size;
  const largest = new Float64Array(size);
  values.forEach((value, i) => void (largest[channelOf(i)] = Math.max(largest[channelOf(i)] ?? 0, Math.abs(value))));
  const steps = 2 ** (bits - 1) - 1;
  return values.map((value, i) => {
    const step = (largest[channelOf(i)] ?? 0) / steps;
    return step === 0 ? 0 : Math.round(value / step) * step;
  });
}

async function pruningOf(model: Model, context: FittingContext): Promise<Sensitivity[]> {
  const prunable = prunableModel(model);
  const round = { round: 16, least: 0.4 };
  const groups = prunable.groups.groups.filter((group) => group.kind === 'hidden' && keptLevels(group, round).length > 0);
  const macs = costOfModel(model).macs ?? 0;
  const found: Sensitivity[] = [];
  for (const [i, group] of groups.entries()) {
    context.progress(i / groups.length, `what pruning ${group.name} costs, ${i + 1} of ${groups.length}`);
    const { points } = await pruningCurve(prunable, group, { context, ridge: 0.01, ...round });
    const savings = channelSavings(model, prunable.groups, [group]);
    const whole = savings.macs(new Map());
    for (const { kept, distance } of points) {
      const savesMacs = Math.min(macs, Math.round(whole - savings.macs(new Map([[group.name, kept]]))));
      const savesBytes = bytesOfGroup(prunable.model, group) * (1 - kept / group.channels);
      const recipe = `prune-channels{layer=${group.name},keep=${kept}}`;
      found.push({ layer: group.name, option: `keep-${kept}`, recipe, distance, savesBytes: Math.round(savesBytes), savesMacs });
    }
  }
  return found;
}

/** Bytes of the weights that make or read a group, by the share of their channels that belong to it. */
function bytesOfGroup(
  model: Model,
  {
    makers,
    readers,
    followers,
  }: { readonly makers: readonly string[]; readonly readers: readonly string[]; readonly followers: readonly string[] },
): number {
  const bytes = new Map(costOfModel(model).nodes.map((node) => [node.id, node.bytes]));
  return [...makers, ...readers, ...followers].reduce((sum, id) => sum + (bytes.get(id) ?? 0), 0);
}

/** One number a layer, for a sampler's prior: the distance at the option that keeps about three fifths of the channels. */
export function sensitivityByLayer(report: readonly Sensitivity[]): ReadonlyMap<string, number> {
  const layers = new Map<string, number[]>();
  for (const { layer, option, distance } of report) {
    if (!option.startsWith('keep-')) continue;
    const own = layers.get(layer);
    if (own) own.push(distance);
    else layers.set(layer, [distance]);
  }
  return new Map(
    [...layers].map(([layer, distances]) => [layer, distances.toSorted((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0]),
  );
}
