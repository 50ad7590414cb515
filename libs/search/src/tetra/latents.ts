import type { Structure } from './structure.ts';

/** What a metric is like: a loss is a sum of harms and saturates; a cost is a sum over layers of products over roles. */
export type Kind = 'loss' | 'cost';
/** Whether layers add up (eqs. 1, 2) or multiply (eq. 4). */
export type Link = 'sum' | 'product';

/** Consecutive unknowns with one prior. */
export interface Block {
  readonly name: string;
  /** Its place among the blocks. */
  readonly index: number;
  readonly offset: number;
  readonly count: number;
  /** Standard deviation before anything is measured. */
  readonly spread: number;
  /** Unknowns in a group that vary together, by `factor`; 1: each on its own. */
  readonly width: number;
  readonly factor: Float64Array | undefined;
}

/** Names, places and priors of the unknowns of one metric, and what is expected of it before anything is measured. */
export interface Layout {
  readonly kind: Kind;
  readonly link: Link;
  readonly structure: Structure;
  readonly size: number;
  readonly blocks: readonly Block[];
  readonly whole: Block;
  readonly layer: Block;
  readonly sensitivity: Block | undefined;
  /** Layer x role; losses only. */
  readonly layerRole: Block | undefined;
  /** By role, over its cells, the same for all layers. */
  readonly curves: readonly Block[];
  /** By role, layer x cells. */
  readonly deviations: readonly Block[];
  /** By global knob, over its levels. */
  readonly globals: readonly Block[];
  /** By global knob, layer x levels. */
  readonly globalLayers: readonly Block[];
  /** By global knob and role, levels x cells. */
  readonly globalCurves: readonly (readonly Block[])[];
  /** Losses: one number for all edges; costs: one a role, for unequal neighbours. */
  readonly between: Block;
  readonly betweenEach: Block | undefined;
  /** One for each pair of roles within a layer, then layer x pair; losses only. */
  readonly cross: Block | undefined;
  readonly crossEach: Block | undefined;
  readonly floor: Block;
  readonly pairs: readonly (readonly [number, number])[];
  readonly means: Means;
}

/** Expected logarithms. */
interface Means {
  /** By layer. */
  readonly layer: Float64Array;
  /** By role, over its cells. */
  readonly curves: readonly Float64Array[];
  readonly between: number;
  readonly cross: number;
  readonly floor: number;
}

const SPREADS = {
  loss: {
    whole: 1,
    layer: 1.6,
    layerRole: 0.8,
    curve: 1.3,
    deviation: 0.5,
    global: 0.4,
    globalLayer: 0.25,
    globalCurve: 0.5,
    between: 0.6,
  },
  cost: { whole: 0.5, layer: 0.8, layerRole: 0, curve: 0.5, deviation: 0.3, global: 0.5, globalLayer: 0.3, globalCurve: 0.4, between: 1 },
} as const;

/** Far below anything that is measured. */
const NOTHING = -40;

/** The unknowns of a metric over a structure. `before`: the cost of the original (MATH.md, table 1). */
export function layoutOf(
  structure: Structure,
  { kind, link, before }: { readonly kind: Kind; readonly link: Link; readonly before: number },
): Layout {
  const { layers, roles, globals, edges } = structure;
  const count = layers.length;
  const pairs = roles.flatMap((_, k) => roles.slice(k + 1).map((_other, j) => [k, k + 1 + j] as const));
  const { blocks, add } = blockList(link === 'product' ? (kind === 'loss' ? 1 : 0.5) / Math.sqrt(count) : 1);
  const spread = SPREADS[kind];
  const loss = kind === 'loss';
  const layout = {
    whole: add('whole', 1, { spread: link === 'product' ? Math.sqrt(count) / count / (loss ? 1 : 0.5) : spread.whole }),
    layer: add('layer', count, { spread: spread.layer }),
    sensitivity: loss && structure.hasSensitivity ? add('sensitivity', 1, { spread: 0.4 }) : undefined,
    layerRole: loss ? add('layer role', count * roles.length, { spread: spread.layerRole }) : undefined,
    curves: roles.map((role, k) => add(`curve ${k}`, role.cells, { spread: spread.curve, factor: role.factor.data })),
    deviations: roles.map((role, k) =>
      add(`deviation ${k}`, role.cells, { spread: spread.deviation, factor: role.factor.data, repeats: count }),
    ),
    globals: globals.map((each, g) => add(`global ${g}`, each.levels, { spread: spread.global, factor: each.factor.data })),
    globalLayers: globals.map((each, g) => add(`global layer ${g}`, count * each.levels, { spread: spread.globalLayer })),
    globalCurves: globals.map((each, g) =>
      roles.map((role, k) =>
        add(`global curve ${g} ${k}`, role.cells, { spread: spread.globalCurve, factor: role.factor.data, repeats: each.levels }),
      ),
    ),
    between: add('between', loss ? 1 : roles.length, { spread: spread.between }),
    betweenEach: loss ? add('between each', edges.length, { spread: 0.6 }) : undefined,
    cross: loss ? add('cross', pairs.length, { spread: 0.6 }) : undefined,
    crossEach: loss ? add('cross each', count * pairs.length, { spread: 0.4 }) : undefined,
    floor: add('floor', 1, { spread: 1 }),
  };
  const last = blocks.at(-1);
  const means = meansOf(structure, { kind, link, before });
  return { kind, link, structure, size: last ? last.offset + last.count : 0, blocks, pairs, means, ...layout };
}

interface Added {
  readonly spread: number;
  readonly factor?: Float64Array;
  readonly repeats?: number;
}

function blockList(scale: number) {
  const blocks: Block[] = [];
  const add = (name: string, width: number, { spread, factor, repeats = 1 }: Added): Block => {
    const before = blocks.at(-1);
    const offset = before ? before.offset + before.count : 0;
    const block = { name, index: blocks.length, offset, count: width * repeats, spread: spread * scale, width: factor ? width : 1, factor };
    blocks.push(block);
    return block;
  };
  return { blocks, add };
}

function meansOf(
  { layers, roles }: Structure,
  { kind, link, before }: { readonly kind: Kind; readonly link: Link; readonly before: number },
): Means {
  const count = Math.max(1, layers.length);
  const loss = kind === 'loss';
  if (link === 'product') {
    const offset = loss ? Math.log(0.6) - 2 : Math.log(before);
    return {
      layer: Float64Array.from(layers, () => offset / count),
      curves: roles.map(({ aggression }) => aggression.map((u) => ((loss ? 3 : -1.2) * u) / count)),
      between: NOTHING,
      cross: NOTHING,
      floor: NOTHING,
    };
  }
  const base = loss ? Math.log(0.6 / count) - 0.5 : Math.log(before / count);
  return {
    layer: Float64Array.from(layers, ({ share }) => base + (loss ? 0 : Math.log(Math.max(share * count, 1e-3)))),
    // The more is taken away the more it harms; where nothing is, there is no harm.
    curves: roles.map(({ aggression }) => aggression.map((u) => (loss ? (u > 0 ? 4 * (u - 1) : -12) : -0.8 * u))),
    between: loss ? Math.log(0.4) : base - 2.5,
    cross: Math.log(0.4),
    floor: loss ? Math.log(3e-4) : base - 1,
  };
}

/** What is not known of a metric: whitened unknowns, one scale for each block, and the variance of what the model cannot say. */
export interface Unknowns {
  readonly xi: Float64Array;
  readonly scales: Float64Array;
  readonly noise: number;
}

export const unknownsOf = ({ size, blocks }: Layout): Unknowns => ({
  xi: new Float64Array(size),
  scales: new Float64Array(blocks.length).fill(1),
  noise: 0.05,
});

/** The unknowns in their own units: each group of a block is spread x scale x factor x xi. */
export function unwhitened({ blocks }: Layout, xi: Float64Array, scales: Float64Array): Float64Array {
  const theta = new Float64Array(xi.length);
  blocks.forEach(({ offset, count, spread, width, factor }, b) => {
    const scale = spread * (scales[b] ?? 0);
    for (let i = 0; i < count; i++) {
      if (!factor) {
        theta[offset + i] = scale * (xi[offset + i] ?? 0);
        continue;
      }
      const row = i % width;
      const group = offset + i - row;
      let sum = 0;
      for (let j = 0; j <= row; j++) sum += (factor[row * width + j] ?? 0) * (xi[group + j] ?? 0);
      theta[offset + i] = scale * sum;
    }
  });
  return theta;
}
