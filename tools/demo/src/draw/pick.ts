import type { Rng } from '@fleetfit/core';

/** Uniform between two numbers. */
export const between = (rng: Rng, low: number, high: number): number => low + (high - low) * rng.next();

/** True this often, 0..1. */
export const chance = (rng: Rng, probability: number): boolean => rng.next() < probability;

/** One of a list. The list must not be empty. */
export function oneOf<Item>(rng: Rng, items: readonly [Item, ...Item[]]): Item {
  return items[rng.integer(items.length)] ?? items[0];
}
