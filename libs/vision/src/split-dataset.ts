import { FleetError, type Rng, seededRng } from '@fleetfit/core';
import { SPLITS, type Split } from './dataset-index.ts';

/** Shares of the splits; they sum to 1. */
export type Shares = Readonly<Record<Split, number>>;

export const DEFAULT_SHARES: Shares = { training: 0.6, calibration: 0.1, validation: 0.2, test: 0.1 };

export interface Splittable {
  readonly label: number;
  /**
   * What its publisher meant it for. Where a dataset has both, training and calibration images are taken from `train` alone and
   * validation and test images from `test` alone: a model trained on the first would look too good on them.
   */
  readonly origin: 'train' | 'test' | undefined;
}

export interface Placed<Item> {
  readonly item: Item;
  readonly split: Split;
}

/**
 * Puts every image into a split: at random by seed, each class divided by the shares as closely as its count allows, and the
 * whole exactly to within one image. Each split is ordered so that its first images, however many, have the classes in
 * proportion. A share of 0 leaves a split empty.
 * @throws FleetError `invalid` for shares that do not sum to 1
 */
export function splitDataset<Item extends Splittable>(
  items: readonly Item[],
  { seed, shares = DEFAULT_SHARES }: { readonly seed: number; readonly shares?: Shares },
): Placed<Item>[] {
  checkShares(shares);
  const rng = seededRng(`split ${seed}`);
  const pools = poolsOf(items, shares);
  const placed = pools.flatMap((pool) => place(pool.items, pool.shares, rng));
  return SPLITS.flatMap((split) =>
    inProportion(
      placed.filter((each) => each.split === split),
      rng,
    ),
  );
}

/** Shares from a list in the order training, calibration, validation, test; an empty list means the usual ones. @throws FleetError `invalid` */
export function sharesOf(list: readonly number[]): Shares {
  if (list.length === 0) return DEFAULT_SHARES;
  const [training = 0, calibration = 0, validation = 0, test = 0] = list;
  if (list.length !== SPLITS.length)
    throw new FleetError('invalid', `Cannot split the dataset: ${list.length} shares were given for ${SPLITS.join(', ')}`);
  const shares = { training, calibration, validation, test };
  checkShares(shares);
  return shares;
}

function checkShares(shares: Shares): void {
  const sum = SPLITS.reduce((total, split) => total + shares[split], 0);
  const text = SPLITS.map((split) => `${split} ${shares[split]}`).join(', ');
  if (Math.abs(sum - 1) > 1e-6 || SPLITS.some((split) => !(shares[split] >= 0)))
    throw new FleetError('invalid', `Cannot split the dataset: the shares ${text} must not be negative and must sum to 1`);
}

function poolsOf<Item extends Splittable>(items: readonly Item[], shares: Shares) {
  const fromTest = items.filter((item) => item.origin === 'test');
  const others = items.filter((item) => item.origin !== 'test');
  if (!items.some((item) => item.origin === 'train') || fromTest.length === 0) return [{ items, shares }];
  return [
    { items: others, shares: { ...shares, validation: 0, test: 0 } },
    { items: fromTest, shares: { ...shares, training: 0, calibration: 0 } },
  ].filter((pool) => SPLITS.some((split) => pool.shares[split] > 0));
}

/** Class after class, each image goes to the split that is furthest behind its share: exact in sum, even in every class. */
function place<Item extends Splittable>(items: readonly Item[], shares: Shares, rng: Rng): Placed<Item>[] {
  const whole = SPLITS.reduce((total, split) => total + shares[split], 0);
  const taken = new Map<Split, number>();
  return rng
    .shuffled([...byLabel(items).values()])
    .flatMap((group) => rng.shuffled(group))
    .map((item, before) => {
      const behind = (split: Split): number => ((before + 1) * shares[split]) / whole - (taken.get(split) ?? 0);
      const split = SPLITS.reduce((most, each) => (behind(each) > behind(most) + 1e-9 ? each : most));
      taken.set(split, (taken.get(split) ?? 0) + 1);
      return { item, split };
    });
}

function inProportion<Item extends Splittable>(placed: readonly Placed<Item>[], rng: Rng): Placed<Item>[] {
  const groups = rng.shuffled([...byLabel(placed.map((each) => ({ ...each, label: each.item.label }))).values()]);
  return groups
    .flatMap((group, turn) => group.map(({ item, split }, i) => ({ item, split, at: (i + 0.5) / group.length, turn })))
    .sort((a, b) => a.at - b.at || a.turn - b.turn)
    .map(({ item, split }) => ({ item, split }));
}

function byLabel<Item extends { readonly label: number }>(items: readonly Item[]): Map<number, Item[]> {
  const groups = new Map<number, Item[]>();
  for (const item of items) {
    const group = groups.get(item.label);
    if (group) group.push(item);
    else groups.set(item.label, [item]);
  }
  return groups;
}
