import type { SweepDefinitionInput } from '@fleetfit/space';

/** What the sentence of inputs says, as typed: numbers are text until they are asked for. */
export interface SweepWish {
  readonly model: string;
  readonly dataset: string;
  /** Points of top-1 that may be lost; empty: no limit. */
  readonly drop: string;
  /** Longest p50 by class id, ms; absent or empty: no limit. */
  readonly latency: Readonly<Record<string, string>>;
  readonly candidates: string;
  readonly images: string;
}

/** The wish as a definition of a sweep, or in a sentence what is missing. */
export function definitionOf(wish: SweepWish): SweepDefinitionInput | string {
  if (wish.model === '') return 'Choose a model.';
  if (wish.dataset === '') return 'Choose a dataset.';
  const candidates = Number(wish.candidates);
  if (!Number.isInteger(candidates) || candidates < 1) return 'Say how many candidates to try, 1 or more.';
  const images = Number(wish.images);
  if (!Number.isInteger(images) || images < 1) return 'Say on how many images to judge, 1 or more.';
  const drop = limitOf(wish.drop, 0);
  if (drop === 'wrong') return 'Points that may be lost are a number, 0 or more.';
  const limits = Object.entries(wish.latency).map(([id, text]) => [id, limitOf(text, Number.MIN_VALUE)] as const);
  if (limits.some(([, limit]) => limit === 'wrong')) return 'A limit of latency is a number of ms above 0.';
  const classConstraints = Object.fromEntries(
    limits.flatMap(([id, limit]) =>
      typeof limit === 'number' ? [[id, { ...(typeof drop === 'number' ? { accuracyDropPoints: drop } : {}), latencyMs: limit }]] : [],
    ),
  );
  return {
    model: wish.model,
    dataset: wish.dataset,
    candidates,
    images,
    constraints: typeof drop === 'number' ? { accuracyDropPoints: drop } : {},
    classConstraints,
  };
}

/** The definition as a file for `fleetfit sweep run FILE`. */
export function fileOf(definition: SweepDefinitionInput): string {
  return JSON.stringify(definition, undefined, 2);
}

function limitOf(text: string, least: number): number | 'none' | 'wrong' {
  if (text.trim() === '') return 'none';
  const value = Number(text.replace(',', '.'));
  return Number.isFinite(value) && value >= least ? value : 'wrong';
}
