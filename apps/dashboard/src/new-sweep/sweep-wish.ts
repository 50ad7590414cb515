import type { SweepDefinitionInput } from '@fleetfit/space';

/** What the sentence of inputs and the drawer say, as typed: numbers are text until they are asked for. */
export interface SweepWish {
  readonly model: string;
  readonly dataset: string;
  /** Points of top-1 that may be lost; empty: no limit. */
  readonly drop: string;
  /** Longest p50 by class id, ms; absent or empty: no limit. */
  readonly latency: Readonly<Record<string, string>>;
  /** Largest file, MB; undefined: not asked, empty: no limit. */
  readonly size: string | undefined;
  readonly aim: 'latency' | 'size';
  /** Classes that are left out, by id. */
  readonly without: readonly string[];
  readonly candidates: string;
  readonly images: string;
  readonly sampler: string;
  readonly blocks: string;
  readonly blockMs: string;
  /** Levels that may be chosen, by knob; knobs that are not named keep all. */
  readonly knobs: Readonly<Record<string, readonly string[]>>;
  /** Recipes instead of a sampler's. */
  readonly recipes: readonly string[];
}

/** The drawer as it is when nobody has opened it. */
export const DEFAULTS = { candidates: '24', sampler: 'tpe', blocks: '12', blockMs: '150', knobs: {}, recipes: [] } as const;

/** The wish as a definition of a sweep, or in a sentence what is missing. `classes`: ids of all classes that have a device. */
export function definitionOf(wish: SweepWish, classes: readonly string[] = []): SweepDefinitionInput | string {
  if (wish.model === '') return 'Choose a model.';
  if (wish.dataset === '') return 'Choose a dataset.';
  const counts = countsOf(wish);
  if (typeof counts === 'string') return counts;
  const limits = limitsOf(wish);
  if (typeof limits === 'string') return limits;
  const kept = classes.filter((id) => !wish.without.includes(id));
  if (classes.length > 0 && kept.length === 0) return 'Choose a device class.';
  return {
    model: wish.model,
    dataset: wish.dataset,
    ...(kept.length < classes.length ? { classes: kept } : {}),
    ...(wish.recipes.length > 0 ? { recipes: [...wish.recipes] } : { sampler: samplerOf(wish.sampler) }),
    candidates: counts.candidates,
    images: counts.images,
    ...(wish.aim === 'size' ? { objectives: ['accuracy', 'size', 'latency'] } : {}),
    ...limits,
    ...(Object.keys(wish.knobs).length > 0
      ? { knobs: Object.fromEntries(Object.entries(wish.knobs).map(([name, levels]) => [name, [...levels]])) }
      : {}),
    ...(wish.blocks !== DEFAULTS.blocks || wish.blockMs !== DEFAULTS.blockMs
      ? { measure: { blocks: counts.blocks, blockMs: counts.blockMs } }
      : {}),
  };
}

function samplerOf(name: string): NonNullable<SweepDefinitionInput['sampler']> {
  return name as NonNullable<SweepDefinitionInput['sampler']>;
}

function countsOf(wish: SweepWish) {
  const whole = (text: string, least: number) => (Number.isInteger(Number(text)) && Number(text) >= least ? Number(text) : undefined);
  const candidates = whole(wish.candidates, 1);
  if (candidates === undefined) return 'Say how many candidates to try, 1 or more.';
  const images = whole(wish.images, 1);
  if (images === undefined) return 'Say on how many images to judge, 1 or more.';
  const blocks = whole(wish.blocks, 2);
  if (blocks === undefined) return 'Blocks are a whole number, 2 or more.';
  const blockMs = whole(wish.blockMs, 1);
  if (blockMs === undefined) return 'A block lasts a whole number of ms, 1 or more.';
  return { candidates, images, blocks, blockMs };
}

function limitsOf(wish: SweepWish): Pick<SweepDefinitionInput, 'constraints' | 'classConstraints'> | string {
  const drop = limitOf(wish.drop, 0);
  if (drop === 'wrong') return 'Points that may be lost are a number, 0 or more.';
  const size = limitOf(wish.size ?? '', Number.MIN_VALUE);
  if (size === 'wrong') return 'A limit of size is a number of MB above 0.';
  const latencies = Object.entries(wish.latency)
    .filter(([id]) => !wish.without.includes(id))
    .map(([id, text]) => [id, limitOf(text, Number.MIN_VALUE)] as const);
  if (latencies.some(([, limit]) => limit === 'wrong')) return 'A limit of latency is a number of ms above 0.';
  const everywhere = {
    ...(typeof drop === 'number' ? { accuracyDropPoints: drop } : {}),
    ...(typeof size === 'number' ? { sizeBytes: Math.round(size * 1e6) } : {}),
  };
  const own = latencies.flatMap(([id, limit]) => (typeof limit === 'number' ? [[id, { ...everywhere, latencyMs: limit }] as const] : []));
  return { constraints: everywhere, classConstraints: Object.fromEntries(own) };
}

/** The definition as a file for `fleetfit sweep run FILE`: YAML, values as JSON, which is YAML too. */
export function fileOf(definition: SweepDefinitionInput): string {
  const lines = Object.entries(definition).flatMap(([key, value]): readonly string[] => {
    if (value === undefined) return [];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${key}: ${plain(value)}`];
    const inner = Object.entries(value);
    return inner.length === 0 ? [] : [`${key}:`, ...inner.map(([name, each]) => `  ${name}: ${plain(each)}`)];
  });
  return `${lines.join('\n')}\n`;
}

function plain(value: unknown): string {
  if (typeof value === 'string') return /^[a-z][\w.-]*$/i.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value)
    .replaceAll(/"([A-Za-z]\w*)":/g, '$1: ')
    .replaceAll(',', ', ');
}

/** How many settings of the drawer are not as they would be by themselves. */
export function changesOf(wish: SweepWish): number {
  const typed = (['candidates', 'sampler', 'blocks', 'blockMs'] as const).filter((key) => wish[key] !== DEFAULTS[key]).length;
  return typed + Object.keys(wish.knobs).length + (wish.recipes.length > 0 ? 1 : 0) + (wish.without.length > 0 ? 1 : 0);
}

function limitOf(text: string, least: number): number | 'none' | 'wrong' {
  if (text.trim() === '') return 'none';
  const value = Number(text.replace(',', '.'));
  return Number.isFinite(value) && value >= least ? value : 'wrong';
}
