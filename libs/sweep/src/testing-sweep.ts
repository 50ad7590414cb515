import { attemptId, datasetId, deviceClassId, deviceId, modelId, type SweepId, sweepId } from '@fleetfit/core';
import { ChannelOrder, type ImagePack, Layout } from '@fleetfit/protocol';
import { type SweepDefinitionInput, sweepDefinition } from '@fleetfit/space';
import type { Figures, SweepEvent, SweepSetup } from './events.ts';
import { type Effect, nextCandidateIds, nextEffects } from './next-effects.ts';
import { applyEvent, type SweepState } from './state.ts';

/** A sweep on two classes with one and two devices, for tests of what is decided. */
export const SWEEP: SweepId = sweepId('s1');
export const ONE = deviceClassId('one');
export const TWO = deviceClassId('two');

const hash = (letter: string): string => letter.repeat(64);
const blob = (letter: string, bytes = 10) => ({ sha256: hash(letter), bytes });

export function setupOf(input: Partial<SweepDefinitionInput> = {}): SweepSetup {
  return {
    definition: sweepDefinition.parse({ model: 'net', dataset: 'cups', candidates: 4, ...input }),
    name: 'net on cups',
    model: {
      id: modelId('net'),
      name: 'net',
      artifact: { graph: blob('a'), tensors: [] },
      bytes: 1000,
      preparation: { input: 'x', layout: Layout.LAYOUT_NCHW, order: ChannelOrder.CHANNEL_ORDER_RGB, scale: 1, mean: [0], std: [1] },
      geometryJson: '{}',
    },
    dataset: { id: datasetId('cups'), name: 'cups', index: blob('b'), images: { calibration: 4, validation: 8, test: 8 } },
    classes: [
      { id: ONE, label: 'one', position: 0, devices: 1 },
      { id: TWO, label: 'two', position: 1, devices: 2 },
    ],
    space: { knobs: [] },
  };
}

/** Two packs of four images. */
const PACKS: readonly ImagePack[] = ['c', 'd'].map((letter) => ({ blob: blob(letter, 4), count: 4, height: 1, width: 1, channels: 1 }));

export function figures(change: Partial<Figures> & { readonly ratio?: Figures['ratio'] } = {}): Figures {
  const around = (value: number) => ({ value, low: value * 0.99, high: value * 1.01 });
  return {
    p50Ms: around(10),
    p90Ms: around(11),
    p95Ms: around(12),
    controlP50Ms: 10,
    ratio: around(1),
    loadMs: 5,
    firstRunMs: 20,
    memoryBytes: 1_000_000,
    top1: '1111',
    top5: '1111',
    blocks: 8,
    ...change,
  };
}

export interface World {
  /** Figures of a candidate on a class, or why it failed there. */
  measure(effect: Extract<Effect, { do: 'measure' }>): Figures | string;
  /** What a compressor makes of a recipe. */
  compress(effect: Extract<Effect, { do: 'compress' }>): { readonly bytes: number } | { readonly refused: string };
  /** Recipes that the sampler has left. */
  readonly recipes: string[];
}

/** Does one effect as the coordinator would, and says what came of it. */
function perform(state: SweepState, effect: Effect, world: World): SweepEvent[] {
  const at = state.overAt.length + 1;
  switch (effect.do) {
    case 'prepare':
      return [{ kind: 'prepared', split: effect.split, packs: PACKS, labels: [0, 0, 0, 0, 0, 0, 0, 0], at }];
    case 'ask': {
      const recipes = world.recipes.splice(0, effect.count);
      const ids = nextCandidateIds(state, recipes.length);
      const asked = recipes.flatMap((recipe, i) => (ids[i] ? [{ candidate: ids[i], recipe, sentence: recipe }] : []));
      return [{ kind: 'asked', asked, snapshot: undefined, exhausted: recipes.length < effect.count, at }];
    }
    case 'compress': {
      const made = world.compress(effect);
      if ('refused' in made) return [{ kind: 'refused', candidate: effect.candidate, why: made.refused, at }];
      const artifact = { graph: blob('e'), tensors: [] };
      return [{ kind: 'compressed', candidate: effect.candidate, artifact, bytes: made.bytes, sentence: effect.recipe, history: [], at }];
    }
    case 'measure': {
      const share = { candidate: effect.candidate, classId: effect.classId, share: effect.share, jobId: effect.job };
      const found = world.measure(effect);
      const judge = effect.purpose === 'judge';
      if (typeof found === 'string') return [{ kind: judge ? 'unjudged' : 'unmeasured', ...share, why: found, at }];
      return [
        { kind: judge ? 'judged' : 'measured', ...share, attemptId: attemptId(effect.job), deviceId: deviceId('cam'), figures: found, at },
      ];
    }
    case 'withdraw':
      return [];
    case 'finish':
      return [{ kind: 'finished', at }];
  }
}

/** Runs a sweep to its end, doing the effects in the order that `pick` chooses; returns its events. */
export function runSweep(setup: SweepSetup, world: World, pick: (count: number) => number = () => 0): SweepEvent[] {
  const events: SweepEvent[] = [{ kind: 'opened', setup, at: 0 }];
  let state = applyEvent(undefined, SWEEP, { kind: 'opened', setup, at: 0 });
  for (let step = 0; step < 1_000; step++) {
    const effects = nextEffects(state);
    const effect = effects[pick(effects.length)];
    if (!effect) return events;
    for (const event of perform(state, effect, world)) {
      events.push(event);
      state = applyEvent(state, SWEEP, event);
    }
  }
  throw new Error('the sweep does not end');
}
