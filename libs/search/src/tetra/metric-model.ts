import type { Rng } from '@fleetfit/core';
import { drawPrior, drawUnknowns } from './draw.ts';
import { type Fitted, fitModel, fittedModel, type Readings, rounded } from './fit.ts';
import { type Kind, type Layout, type Link, layoutOf, type Unknowns, unknownsOf } from './latents.ts';
import { type Predict, predictorOf } from './predict.ts';
import type { Structure } from './structure.ts';

/** One metric, understood in two ways: layers add up, or multiply. Which is better is left to what neither has seen. */
export interface MetricModel {
  /** Takes all readings so far; those it took before are not fitted again. */
  learn(readings: Readings): void;
  /** Unknowns of one link, drawn; the link is drawn too, by how well each predicts what it has not seen. */
  draw(rng: Rng, temperature: number): Drawing;
  /** The better link at its fit, or the prior before anything was read. */
  readonly best: Drawing & { readonly predict: Predict };
  /** What the better link says of each reading; empty before anything was read. */
  readonly predicted: Float64Array;
  /** How likely the sum is the better link. */
  readonly sumShare: number;
  memory(): StoredMetric;
}

interface Drawing {
  readonly layout: Layout;
  readonly xi: Float64Array;
  readonly scales: Float64Array;
}

/** A metric model in a snapshot. */
export interface StoredMetric {
  readonly share: number;
  readonly links: readonly StoredLink[];
}

interface StoredLink {
  readonly xi: readonly number[];
  readonly scales: readonly number[];
  readonly noise: number;
  /** What it was fitted to. */
  readonly key: string;
}

interface LinkState {
  readonly link: Link;
  readonly layout: Layout;
  readonly predict: Predict;
  unknowns: Unknowns;
  key: string;
  fitted: Fitted | undefined;
}

/** From here on a fit starts so near its end that fewer steps do, and the worse link is only looked at again now and then. */
const MANY = 150;
const LOOK_AGAIN = 32;

export function metricModel(
  structure: Structure,
  { kind, before }: { readonly kind: Kind; readonly before: number },
  stored: StoredMetric | undefined,
): MetricModel {
  const links = (['sum', 'product'] as const).map((link, i): LinkState => {
    const layout = layoutOf(structure, { kind, link, before });
    const known = stored?.links[i];
    const unknowns =
      known?.xi.length === layout.size
        ? { xi: Float64Array.from(known.xi), scales: Float64Array.from(known.scales), noise: known.noise }
        : unknownsOf(layout);
    return { link, layout, predict: predictorOf(layout), unknowns, key: known?.key ?? '', fitted: undefined };
  });
  const [sum, product] = links;
  if (!sum || !product) throw new RangeError('there are two links');
  let share = stored?.share ?? 0.9;
  const better = (): LinkState => (share >= 0.5 ? sum : product);
  return {
    learn: (readings) => {
      if (readings.rows.length === 0) return;
      const key = keyOf(readings);
      for (const link of links) if (isDue(link, better(), readings)) refit(link, readings, key);
      if (sum.key === product.key && sum.fitted && product.fitted) share = shareOf(sum.fitted.evidence - product.fitted.evidence);
    },
    draw: (rng, temperature) => {
      // Drawn always, so that chance goes the same way whether or not both links are up to date.
      const chance = rng.next();
      const both = sum.key === product.key;
      const link = temperature === 0 || !both ? better() : chance < Math.min(0.95, Math.max(0.05, share)) ? sum : product;
      const xi = link.fitted ? drawUnknowns(link.fitted, rng, temperature) : drawPrior(link.unknowns, rng);
      return { layout: link.layout, xi, scales: link.unknowns.scales };
    },
    get best() {
      const { layout, unknowns, predict } = better();
      return { layout, predict, xi: unknowns.xi, scales: unknowns.scales };
    },
    get predicted() {
      return better().fitted?.predicted ?? new Float64Array(0);
    },
    get sumShare() {
      return share;
    },
    memory: () => ({
      share,
      links: links.map(({ unknowns: { xi, scales, noise }, key }) => ({ xi: [...xi], scales: [...scales], noise, key })),
    }),
  };
}

const shareOf = (difference: number): number => Number((1 / (1 + Math.exp(-Math.min(50, Math.max(-50, difference))))).toPrecision(6));

function keyOf({ values }: Readings): string {
  return `${values.length}:${values.reduce((sum, value, n) => sum + value * (1 + (n % 7)), 0).toPrecision(12)}`;
}

function isDue(link: LinkState, better: LinkState, { rows }: Readings): boolean {
  if (link === better || rows.length < MANY) return true;
  const last = Number.parseInt(link.key, 10) || 0;
  return Math.floor(rows.length / LOOK_AGAIN) > Math.floor(last / LOOK_AGAIN) || last === rows.length;
}

function refit(link: LinkState, readings: Readings, key: string): void {
  if (link.key !== key) {
    const many = readings.rows.length >= MANY;
    const last = Number.parseInt(link.key, 10) || 0;
    const learnsScales = !many || Math.floor(readings.rows.length / LOOK_AGAIN) > Math.floor(last / LOOK_AGAIN);
    const { layout, predict, unknowns } = link;
    const steps = many ? 2 : 8;
    link.unknowns = rounded(fitModel(readings, { layout, predict, start: unknowns, steps, learnsScales }));
    link.key = key;
    link.fitted = undefined;
  }
  link.fitted ??= fittedModel(readings, link, link.unknowns);
}
