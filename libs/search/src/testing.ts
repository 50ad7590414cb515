import { type DeviceClassId, deviceClassId, type Outcome, type Rng, seededRng } from '@fleetfit/core';
import { formatRecipe, isActive, type Knob, ORIGINAL, recipeOf, type Space } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import type { Ask, MakeSampler, Sampler, SamplerOptions, Told } from './sampler.ts';

const ONE = deviceClassId('one-thread');
const OTHER = deviceClassId('two-threads');
const CLASSES: readonly DeviceClassId[] = [ONE, OTHER];
const SEEDS = [1, 2, 3, 4, 5];

/**
 * What every sampler promises. `make` is called as the registry calls it.
 * For samplers that reach every recipe of a small space, which is all that this project has so far.
 */
export function samplerContract(name: string, make: MakeSampler): void {
  describe(`${name}, as a sampler`, () => {
    for (const seed of SEEDS) describe(`with seed ${seed}`, () => promises(make, { space: randomSpace(seed), seed, classes: CLASSES }));
  });
}

function promises(make: MakeSampler, options: SamplerOptions): void {
  it('asks for as many as wanted, each inside the space, none twice, never for the original', () => {
    const asks = askAll(make(options));
    for (const ask of asks) expectInside(options.space, ask);
    const texts = asks.map((ask) => formatRecipe(ask.recipe));
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts).not.toContain(ORIGINAL);
    expect(make(options).ask(0)).toEqual([]);
    expect(make(options).ask(3)).toEqual(asks.slice(0, 3));
  });

  it('reaches every recipe of a small space, then asks for nothing', () => {
    const sampler = make(options);
    const texts = askAll(sampler).map((ask) => formatRecipe(ask.recipe));
    expect(texts.sort()).toEqual(distinctRecipes(options.space));
    expect(sampler.ask(1)).toEqual([]);
  });

  it('asks the same when it is told the same', () => {
    const [one, other] = [make(options), make(options)];
    expect(conversation(one, options.seed, 8)).toEqual(conversation(other, options.seed, 8));
  });

  it('goes on from a snapshot exactly as it would have', () => {
    const sampler = make(options);
    for (let round = 0; round < 6; round++) {
      const snapshot = JSON.parse(JSON.stringify(sampler.snapshot()));
      const restored = make({ ...options, snapshot });
      const seed = options.seed * 100 + round;
      expect(conversation(restored, seed, 3)).toEqual(conversation(make({ ...options, snapshot }), seed, 3));
      const resumed = make({ ...options, snapshot });
      expect(resumed.ask(2)).toEqual(sampler.ask(2));
    }
  });

  it('takes outcomes that are partial, repeated, late, bad or of recipes it never asked for, and changes none of them', () => {
    const sampler = make(options);
    const [first, second] = sampler.ask(2);
    if (!first || !second) throw new Error('the space of this test has too few recipes');
    const rng = seededRng(options.seed);
    const once = frozen([told(first, { rng, deviceClass: ONE })]);
    sampler.tell(once);
    sampler.tell(once);
    sampler.tell([]);
    sampler.tell(frozen([{ recipe: 'unheard-of{x=1}', deviceClass: ONE, outcome: anOutcome(rng), fidelity: first.fidelity }]));
    sampler.tell(frozen([told(second, { rng, deviceClass: OTHER }), told(first, { rng, deviceClass: OTHER })]));
    const rest = askAll(sampler).map((ask) => formatRecipe(ask.recipe));
    const asked = [first, second].map((ask) => formatRecipe(ask.recipe));
    expect([...rest, ...asked].sort()).toEqual(distinctRecipes(options.space));
  });

  it('does not ask for what it was told before it asked', () => {
    const [known] = make(options).ask(1);
    if (!known) throw new Error('the space of this test has no recipe');
    const sampler = make(options);
    sampler.tell([told(known, { rng: seededRng(1), deviceClass: ONE })]);
    expect(askAll(sampler).map((ask) => formatRecipe(ask.recipe))).not.toContain(formatRecipe(known.recipe));
  });

  it('refuses a snapshot of another sampler', () => {
    expect(() => make({ ...options, snapshot: { sampler: 'another', version: 1, state: {} } })).toThrow(/Cannot resume/);
  });
}

/** Asks and tells in turn, as a sweep would: some answers late, some twice. */
function conversation(sampler: Sampler, seed: number, rounds: number): readonly (readonly Ask[])[] {
  const rng = seededRng(seed);
  const asked: Ask[] = [];
  return Array.from({ length: rounds }, () => {
    const asks = sampler.ask(1 + rng.integer(3));
    asked.push(...asks);
    const some = rng.shuffled(asked).slice(0, 3);
    sampler.tell(some.map((ask) => told(ask, { rng, deviceClass: rng.integer(2) === 0 ? ONE : OTHER })));
    return asks;
  });
}

function told(ask: Ask, { rng, deviceClass }: { rng: Rng; deviceClass: DeviceClassId }): Told {
  return { recipe: formatRecipe(ask.recipe), deviceClass, outcome: anOutcome(rng), fidelity: ask.fidelity };
}

function anOutcome(rng: Rng): Outcome {
  const value = rng.next();
  const metrics = { accuracy: { value, variance: 1e-4, low: value - 0.02, high: value + 0.02, count: 500 } };
  const outcomes: readonly Outcome[] = [
    { kind: 'measured', metrics },
    { kind: 'refused', why: 'it has no Conv' },
    { kind: 'failed', why: 'the device ran out of memory' },
    { kind: 'infeasible', why: 'accuracy 0.2 is below 0.7', metrics },
  ];
  return outcomes[rng.integer(outcomes.length)] ?? { kind: 'measured', metrics };
}

function askAll(sampler: Sampler): Ask[] {
  const all: Ask[] = [];
  for (let asks = sampler.ask(7); asks.length > 0; asks = sampler.ask(7)) all.push(...asks);
  return all;
}

function expectInside(space: Space, { point, recipe }: Ask): void {
  if (!point) throw new Error('a sampler of a space asked for a recipe without a point');
  const active = space.knobs.filter((knob) => isActive(knob, point));
  expect(Object.keys(point).sort()).toEqual(active.map((knob) => knob.name).sort());
  for (const knob of active) expect(knob.levels.map((level) => level.name)).toContain(point[knob.name]);
  expect(recipe).toEqual(recipeOf(space, point));
}

/** By brute force over the cross product, conditions applied afterwards: another way than the samplers take. */
function distinctRecipes(space: Space): string[] {
  let points: Record<string, string>[] = [{}];
  for (const knob of space.knobs) points = points.flatMap((point) => knob.levels.map((level) => ({ ...point, [knob.name]: level.name })));
  const texts = new Set(points.map((point) => formatRecipe(recipeOf(space, withoutInactive(space, point)))));
  texts.delete(ORIGINAL);
  return [...texts].sort();
}

function withoutInactive(space: Space, point: Readonly<Record<string, string>>): Record<string, string> {
  const out: Record<string, string> = {};
  for (const knob of space.knobs) {
    const level = point[knob.name];
    if (level !== undefined && isActive(knob, out)) out[knob.name] = level;
  }
  return out;
}

/** A space of 3 to 5 knobs with conditions, some levels that add nothing, and some recipes that more than one point makes. */
function randomSpace(seed: number): Space {
  const rng = seededRng(`space ${seed}`);
  const main: Knob = {
    name: 'quantize',
    label: 'Numbers',
    order: 'categorical',
    levels: [
      { name: 'none', label: 'as they are', adds: { kind: 'steps', steps: [] } },
      { name: 'half', label: '16-bit', adds: { kind: 'steps', steps: [{ word: 'cast', args: {} }] } },
      { name: 'int8', label: '8-bit', adds: { kind: 'steps', steps: [{ word: 'quantize', args: { bits: 8 } }] } },
    ],
  };
  const child: Knob = {
    name: 'ranges',
    label: 'Ranges',
    order: 'categorical',
    when: { knob: 'quantize', levels: ['int8'] },
    sets: { word: 'quantize', key: 'ranges' },
    levels: ['minmax', 'mse', 'percentile'].map((name) => ({ name, label: name, adds: { kind: 'argument', value: name } })),
  };
  const prune = Array.from({ length: 1 + rng.integer(3) }, (_, layer): Knob => {
    const count = 2 + rng.integer(4);
    const levels = Array.from({ length: count }, (_unused, i): Knob['levels'][number] => {
      const steps = i === 0 ? [] : [{ word: 'prune', args: { layer: `conv${layer}`, keep: 64 - 8 * Math.min(i, 3) } }];
      return { name: `k${i}`, label: `keep ${i}`, adds: { kind: 'steps', steps } };
    });
    return { name: `prune${layer}`, label: `Channels of conv${layer}`, order: 'ordinal', layer: `conv${layer}`, levels };
  });
  return { knobs: [...prune, main, child] };
}

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    for (const each of Object.values(value)) frozen(each);
  }
  return value;
}
