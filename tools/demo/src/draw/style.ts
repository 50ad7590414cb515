import type { Rng } from '@fleetfit/core';
import { hex, hsv, type Rgb } from './colour.ts';
import { between, oneOf } from './pick.ts';

/**
 * Which world the things stand in. `table` is the one the demo model learns: a home or café by day and evening.
 * `night` is a bar with few lamps, neon colours and other things lying about: the same drinks, drawn to be unlike, for transfer.
 */
export type StyleName = 'table' | 'night';

export interface Style {
  readonly name: StyleName;
  /** Lowest and highest strength of the lamp. */
  readonly brightness: readonly [number, number];
  /** Colours of things: cups, labels, books. */
  paint(rng: Rng): Rgb;
  wall(rng: Rng): Rgb;
  table(rng: Rng): Rgb;
  /** Most things that stand around. */
  readonly clutter: number;
  /** Standard deviation of the sensor's noise, in sRGB steps. */
  readonly noise: readonly [number, number];
}

const GLAZES: readonly [Rgb, ...Rgb[]] = [
  hex('#f4efe6'),
  hex('#fbfaf7'),
  hex('#d9d4c8'),
  hex('#2d3a4f'),
  hex('#b5432f'),
  hex('#d98e3f'),
  hex('#e3b23c'),
  hex('#6b8f71'),
  hex('#3f6f78'),
  hex('#9bb7c4'),
  hex('#7a4e6d'),
  hex('#e8a598'),
  hex('#33302e'),
  hex('#c9c2ae'),
  hex('#2f5d8c'),
  hex('#86a97a'),
];
const WALLS: readonly [Rgb, ...Rgb[]] = [
  hex('#e9e2d6'),
  hex('#d5dde0'),
  hex('#c7cfb7'),
  hex('#e6cdb8'),
  hex('#b9c4cc'),
  hex('#8f9a94'),
  hex('#d8b9a6'),
  hex('#59666e'),
  hex('#f0ece2'),
  hex('#a2b3a7'),
];
const TABLES: readonly [Rgb, ...Rgb[]] = [
  hex('#b98a5a'),
  hex('#8a5a36'),
  hex('#d6b58a'),
  hex('#5e4130'),
  hex('#ded8cc'),
  hex('#9a9a96'),
  hex('#c59f74'),
  hex('#3f3a37'),
  hex('#e9e6df'),
  hex('#7c8a8c'),
];

export const STYLES: Readonly<Record<StyleName, Style>> = {
  table: {
    name: 'table',
    brightness: [0.5, 1.05],
    paint: (rng) => (rng.next() < 0.75 ? oneOf(rng, GLAZES) : hsv(rng.next(), between(rng, 0.3, 0.85), between(rng, 0.35, 0.95))),
    wall: (rng) => oneOf(rng, WALLS),
    table: (rng) => oneOf(rng, TABLES),
    clutter: 5,
    noise: [1, 11],
  },
  night: {
    name: 'night',
    brightness: [0.3, 0.7],
    paint: (rng) => hsv(between(rng, 0.45, 1), between(rng, 0.5, 1), between(rng, 0.3, 0.9)),
    wall: (rng) => hsv(between(rng, 0.5, 0.95), between(rng, 0.3, 0.8), between(rng, 0.08, 0.35)),
    table: (rng) => hsv(between(rng, 0, 1), between(rng, 0, 0.4), between(rng, 0.1, 0.35)),
    clutter: 7,
    noise: [4, 16],
  },
};
