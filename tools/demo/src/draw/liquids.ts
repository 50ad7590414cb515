import type { Rng } from '@fleetfit/core';
import { hex, type Rgb } from './colour.ts';
import { between, chance, oneOf } from './pick.ts';
import type { Liquid } from './revolved.ts';

interface Drink {
  readonly colour: Rgb;
  readonly opacity: number;
  /** Most of the froth it may carry, as a part of its height. */
  readonly froth?: number;
}

const WATER: Drink = { colour: hex('#dbe9ec'), opacity: 0.12 };
const COLD: readonly [Drink, ...Drink[]] = [
  WATER,
  { colour: hex('#f0930f'), opacity: 0.93 },
  { colour: hex('#3a1408'), opacity: 0.93 },
  { colour: hex('#dd9a1c'), opacity: 0.62, froth: 0.22 },
  { colour: hex('#e8d98a'), opacity: 0.45 },
  { colour: hex('#d9436a'), opacity: 0.6 },
  { colour: hex('#7aa53c'), opacity: 0.9 },
  { colour: hex('#f4eee2'), opacity: 0.98 },
  { colour: hex('#a9582a'), opacity: 0.6 },
];
const HOT: readonly [Drink, ...Drink[]] = [
  { colour: hex('#2a140a'), opacity: 1 },
  { colour: hex('#8f5a34'), opacity: 1, froth: 0.08 },
  { colour: hex('#9c4a16'), opacity: 0.9 },
  { colour: hex('#b98f62'), opacity: 1 },
  { colour: hex('#55301c'), opacity: 1 },
];
const WINE: readonly [Drink, ...Drink[]] = [
  { colour: hex('#5a0a1c'), opacity: 0.94 },
  { colour: hex('#8b1a2e'), opacity: 0.85 },
  { colour: hex('#e4cf78'), opacity: 0.5 },
  { colour: hex('#e9907c'), opacity: 0.55 },
  WATER,
];
const SPARKLING: readonly [Drink, ...Drink[]] = [
  { colour: hex('#e8c868'), opacity: 0.5, froth: 0.05 },
  { colour: hex('#e79a86'), opacity: 0.5, froth: 0.04 },
  { colour: hex('#f2a53a'), opacity: 0.85 },
];
const DRINKS = { cold: COLD, hot: HOT, wine: WINE, sparkling: SPARKLING } as const;

/** Something to drink between the bottom of a vessel and a random level; undefined when the vessel is empty. */
export function pour(
  rng: Rng,
  kind: keyof typeof DRINKS,
  room: { readonly from: number; readonly to: number; readonly emptyChance: number },
): Liquid | undefined {
  const drink = oneOf<Drink>(rng, DRINKS[kind]);
  if (chance(rng, room.emptyChance)) return undefined;
  const level = room.from + (room.to - room.from) * between(rng, 0.3, 0.97);
  const froth = drink.froth && chance(rng, 0.7) ? (level - room.from) * drink.froth * between(rng, 0.4, 1) : 0;
  return { from: room.from, level, colour: drink.colour, opacity: drink.opacity, froth };
}
