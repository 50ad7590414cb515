import { type DeviceClassId, deviceClassId, FleetError } from '@fleetfit/core';
import { formatRecipe, type Point, parseRecipe } from '@fleetfit/space';
import { type Answer, answerOf, stateOf } from './history.ts';
import {
  type Ask,
  type Fidelity,
  FULL_FIDELITY,
  type Json,
  type MakeSampler,
  type Sampler,
  type SamplerOptions,
  type Snapshot,
} from './sampler.ts';

/** How successive halving spends. */
export interface HalvingOptions {
  /** Of every so many candidates that are known at a fidelity, the best one is looked at more closely. Default 3. */
  readonly keep?: number;
  /** From cheap to whole; the last is {@link FULL_FIDELITY}. Default: a ninth and a third of the images and epochs, then all. */
  readonly rungs?: readonly Fidelity[];
}

const RUNGS: readonly Fidelity[] = [{ images: 1 / 9, runs: 1, epochs: 1 / 9 }, { images: 1 / 3, runs: 1, epochs: 1 / 3 }, FULL_FIDELITY];

/**
 * Asynchronous successive halving (Li, Jamieson, Rostamizadeh, Gonina, Ben-tzur, Hardt, Recht and Talwalkar, MLSys 2020) around any
 * sampler: new candidates are asked for on few images and epochs; whenever one of the best `1 / keep` at a fidelity was not looked at more
 * closely, it is asked again with the next. Nobody waits for a rung to fill. The sampler inside proposes and learns from every answer.
 */
export function withHalving(make: MakeSampler, { keep = 3, rungs = RUNGS }: HalvingOptions = {}): MakeSampler {
  return (options) => {
    const restored = options.snapshot && readState(options.snapshot);
    const { snapshot: _, ...plain } = options;
    const inner = make(restored ? { ...plain, snapshot: restored.inner } : plain);
    return halving(inner, { options, keep, rungs, entries: restored?.entries ?? [] });
  };
}

interface Entry {
  readonly recipe: string;
  readonly point: Point | null;
  /** The highest rung that was asked for. */
  rung: number;
  /** What was told, by rung and class. */
  readonly answers: [rung: number, deviceClass: string, answer: Answer][];
}

interface Inside {
  readonly options: SamplerOptions;
  readonly keep: number;
  readonly rungs: readonly Fidelity[];
  readonly entries: readonly Entry[];
}

function halving(inner: Sampler, { options, keep, rungs, entries: restored }: Inside): Sampler {
  const goal = options.goal ?? { objectives: ['accuracy'] };
  const entries = new Map(restored.map((entry) => [entry.recipe, { ...entry, answers: [...entry.answers] }]));
  const scoreAt = (entry: Entry, rung: number): number | undefined => {
    const told = entry.answers.filter(([at]) => at === rung);
    const state = stateOf(
      new Map<DeviceClassId, Answer>(told.map(([, deviceClass, answer]) => [deviceClassId(deviceClass), answer])),
      goal,
    );
    return state.kind === 'scored' ? state.score : undefined;
  };
  /** The best of the lowest rungs that deserve more: the closest to whole first. */
  const promotable = (): Entry | undefined => {
    for (let rung = rungs.length - 2; rung >= 0; rung--) {
      const known = [...entries.values()].flatMap((entry) => {
        const score = scoreAt(entry, rung);
        return score === undefined ? [] : [{ entry, score }];
      });
      const best = known.sort((a, b) => a.score - b.score).slice(0, Math.floor(known.length / keep));
      const next = best.find(({ entry }) => entry.rung === rung);
      if (next) return next.entry;
    }
    return undefined;
  };
  const again = (entry: Entry): Ask => {
    entry.rung++;
    return { point: entry.point, recipe: parseRecipe(entry.recipe), classes: 'all', fidelity: rungs[entry.rung] ?? FULL_FIDELITY };
  };
  const first = (ask: Ask): Ask => {
    entries.set(formatRecipe(ask.recipe), { recipe: formatRecipe(ask.recipe), point: ask.point, rung: 0, answers: [] });
    return { ...ask, fidelity: rungs[0] ?? FULL_FIDELITY };
  };
  return {
    ask(count) {
      const asks: Ask[] = [];
      for (let entry = promotable(); entry && asks.length < count; entry = promotable()) asks.push(again(entry));
      if (asks.length < count) asks.push(...inner.ask(count - asks.length).map(first));
      return asks;
    },
    tell(told) {
      for (const each of told) {
        const rung = rungs.findIndex((fidelity) => sameFidelity(fidelity, each.fidelity));
        entries.get(each.recipe)?.answers.push([rung, each.deviceClass, answerOf(each, goal)]);
      }
      inner.tell(told);
    },
    snapshot: () => ({
      sampler: 'halving',
      version: VERSION,
      state: { inner: { ...inner.snapshot() }, entries: [...entries.values()] as unknown as Json },
    }),
  };
}

const sameFidelity = (a: Fidelity, b: Fidelity): boolean => a.images === b.images && a.runs === b.runs && a.epochs === b.epochs;

const VERSION = 1;

function readState({ sampler, version, state }: Snapshot): { readonly inner: Snapshot; readonly entries: readonly Entry[] } {
  if (sampler !== 'halving' || version !== VERSION || typeof state !== 'object' || state === null || !('inner' in state))
    throw new FleetError('invalid', `Cannot resume halving: the snapshot is of "${sampler}" version ${version}`);
  // Written by `snapshot` of this very version.
  return state as unknown as { inner: Snapshot; entries: Entry[] };
}
