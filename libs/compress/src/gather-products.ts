import { FleetError } from '@fleetfit/core';
import { editModel, type Model } from '@fleetfit/onnx';
import type { Tensor } from '@fleetfit/runtime';
import { floatsFrom, type ImageRun, runImages } from './run-images.ts';
import { type Product, type ProductOutputs, tapProduct } from './tap-features.ts';

/** Sums over all positions of all images, in float64. */
export interface ProductSums {
  readonly groups: number;
  readonly leftSize: number;
  readonly rightSize: number;
  /** (groups, left size, right size): sum of left right'. */
  readonly products: Float64Array;
  /** (groups, left size) */
  readonly leftSums: Float64Array;
  /** (groups, right size) */
  readonly rightSums: Float64Array;
  /** Positions that were summed, of each group. */
  readonly count: number;
}

/** How much memory the sums of one round may take; what does not fit goes through the images in another round. */
const ROUND_BYTES = 256 * 2 ** 20;

/** Positions of an image that are summed at most: neighbouring pixels are alike, and early layers have very many. */
export const POSITIONS = 1024;

/** How many positions to step over, so that an image gives about `most` of them. */
export function everyFor(positions: number | undefined, most: number): number {
  return positions === undefined || positions <= most ? 1 : Math.ceil(Math.sqrt(positions / most));
}

/**
 * Sums products of columns over calibration images, computed by the runtime in float32 for each image and summed here in float64.
 * Images stream: memory is bounded by the sums of one round.
 *
 * @param model of opset 13 or later
 * @param progress of the whole, 0..1
 * @throws FleetError `cancelled`, `unsupported` when a value is not float32
 */
export async function gatherProducts(
  model: Model,
  products: readonly Product[],
  run: ImageRun & { readonly progress: (done: number) => void },
): Promise<ProductSums[]> {
  const sums: ProductSums[] = [];
  for (const round of roundsOf(products)) {
    const from = sums.length;
    sums.push(
      ...(await gatherRound(model, round, { ...run, progress: (done) => run.progress((from + done * round.length) / products.length) })),
    );
  }
  return sums;
}

const rightOf = ({ left, right }: Product) => right ?? left;

function roundsOf(products: readonly Product[]): Product[][] {
  const rounds: Product[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const product of products) {
    // float64 here, float32 in the runtime
    const each = product.left.groups * product.left.size * rightOf(product).size * 12;
    if (bytes + each > ROUND_BYTES) {
      rounds.push([]);
      bytes = 0;
    }
    rounds.at(-1)?.push(product);
    bytes += each;
  }
  return rounds;
}

async function gatherRound(
  model: Model,
  products: readonly Product[],
  run: ImageRun & { readonly progress: (done: number) => void },
): Promise<ProductSums[]> {
  const outputs: ProductOutputs[] = [];
  const tapped = editModel(model, (graph) => {
    for (const product of products) outputs.push(tapProduct(graph, product));
  });
  const totals = products.map(emptySums);
  const names = [...new Set(outputs.flatMap(({ products: sums, leftSums, rightSums, size }) => [sums, leftSums, rightSums, size]))];
  const take = (results: Readonly<Record<string, Tensor>>, first: number): void => {
    outputs.forEach((names, i) => {
      const total = totals[i];
      if (!total) return;
      addTo(total.products, floatsFrom(names.products, results[names.products]));
      addTo(total.leftSums, floatsFrom(names.leftSums, results[names.leftSums]));
      addTo(total.rightSums, floatsFrom(names.rightSums, results[names.rightSums]));
      const size = results[names.size]?.data;
      total.count += Math.round(Number(size?.[0] ?? 0) / total.groups / total.leftSize);
    });
    run.progress((first + 1) / run.calibration.count);
  };
  await runImages(withoutAnswers(tapped), names, { ...run, take });
  return totals;
}

/** Nothing but what is asked for is computed. */
function withoutAnswers(model: Model): Model {
  return { ...model, graph: { ...model.graph, outputs: [] } };
}

function emptySums({ left, right = left }: Product) {
  if (left.groups !== right.groups)
    throw new FleetError(
      'bug',
      `Cannot multiply the columns of "${left.value}" and "${right.value}": ${left.groups} and ${right.groups} groups`,
    );
  const { groups, size } = left;
  return {
    groups,
    leftSize: size,
    rightSize: right.size,
    products: new Float64Array(groups * size * right.size),
    leftSums: new Float64Array(groups * size),
    rightSums: new Float64Array(groups * right.size),
    count: 0,
  };
}

function addTo(total: Float64Array, values: Float32Array): void {
  if (total.length !== values.length)
    throw new FleetError('bug', `Cannot add ${values.length} sums to ${total.length}: the columns have another size than stated`);
  for (let i = 0; i < total.length; i++) total[i] = (total[i] ?? 0) + (values[i] ?? 0);
}
