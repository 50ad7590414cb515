import { attemptId, candidateId, type DeviceClassId, type DeviceId, jobId, type Rng, type SweepId, seededRng } from '@fleetfit/core';
import type { Constraints } from '@fleetfit/space';
import { chooseBest, type EventOf, type Figures, foldEvents, type HistoryLine, type SweepEvent, type SweepSetup } from '@fleetfit/sweep';

/** A device class of a seeded sweep: how fast its original is, and what 8 bits do for it. */
export interface SeededClass {
  readonly id: DeviceClassId;
  readonly label: string;
  readonly position: number;
  readonly devices: readonly DeviceId[];
  readonly originalMs: number;
  /** How many times as fast 8 bits are here. */
  readonly int8: number;
  readonly limits: Constraints;
}

export interface SeedOptions {
  readonly id: SweepId;
  readonly name: string;
  readonly setup: Pick<SweepSetup, 'model' | 'dataset' | 'space'>;
  readonly classes: readonly SeededClass[];
  readonly candidates: number;
  /** Of `candidates`: how many are over; the others are to come. */
  readonly over: number;
  readonly images: number;
  readonly startedAt: number;
  /** Between two candidates. */
  readonly everyMs: number;
  readonly finish: boolean;
}

/** An attempt that belongs to a seeded event. */
export interface SeededAttempt {
  readonly candidate: string;
  readonly classId: DeviceClassId;
  readonly device: DeviceId;
  readonly leasedAt: number;
  readonly endedAt: number | undefined;
  readonly failed: boolean;
}

interface Idea {
  readonly recipe: string;
  readonly sentence: string;
  /** Share of the original's bytes. */
  readonly share: number;
  readonly speed: (int8: number) => number;
  readonly loss: number;
}

const PRUNED = [0, 0, 12, 18, 25, 37, 50];

function ideaOf(rng: Rng): Idea {
  const pruned = PRUNED[rng.integer(PRUNED.length)] ?? 0;
  const kind = (['int8', 'int8', 'dynamic', 'fp16'] as const)[rng.integer(4)] ?? 'int8';
  const range = rng.integer(2) === 0 ? 'mse' : 'min-max';
  const steps = [
    'fold-batch-norm',
    ...(pruned > 0 ? [`prune-channels{share=${pruned / 100}}`, 'distil{epochs=3}'] : []),
    kind === 'int8'
      ? `quantize{bits=8,per=channel,range=${range}}`
      : kind === 'dynamic'
        ? 'quantize-dynamic{bits=8}'
        : 'store-weights{bits=16}',
  ];
  const words = {
    int8: `Int8 per channel, ${range === 'mse' ? 'MSE' : 'full'} range`,
    dynamic: 'Dynamic int8',
    fp16: 'Weights stored in 16 bits',
  }[kind];
  return {
    recipe: steps.join(' | '),
    sentence: pruned > 0 ? `${words}; ${pruned} % of channels pruned, distilled` : words,
    share: (kind === 'fp16' ? 0.5 : 0.26) * (1 - pruned / 125),
    speed: (int8) => (kind === 'fp16' ? 1.02 : kind === 'int8' ? int8 : int8 * 0.82) / (1 - pruned / 140),
    loss: (kind === 'fp16' ? 0.02 : kind === 'int8' ? (range === 'mse' ? 0.15 : 0.5) : 0.9) + (pruned / 50) ** 2 * 3.4,
  };
}

/** Sixteen lines of what passes did, as a candidate's page shows them. */
function historyOf({ recipe }: Idea): HistoryLine[] {
  const lines: HistoryLine[] = [{ kind: 'changed', layer: 'Conv_0', what: 'batch norm folded into the convolution' }];
  if (recipe.includes('prune'))
    lines.push({ kind: 'refused', layer: 'Conv_2', what: 'not pruned: its channels feed a layer that must keep a multiple of 8' });
  lines.push({ kind: 'refused', layer: 'Gemm_104', what: 'kept in 32 bits: its input is read by 2 nodes' });
  return lines;
}

/** Events and attempts of a sweep that was never run: every figure is drawn by chance from a seed. */
export function seededSweep(options: SeedOptions): { readonly events: SweepEvent[]; readonly attempts: SeededAttempt[] } {
  const rng = seededRng(options.name);
  const { startedAt, classes } = options;
  const ideas = Array.from({ length: options.candidates }, () => ideaOf(rng));
  const ids = ideas.map((_, at) => candidateId(`c${String(at + 1).padStart(3, '0')}`));
  const attempts: SeededAttempt[] = [];
  const events: SweepEvent[] = [{ kind: 'opened', setup: setupOf(options, ideas), at: startedAt }];
  const prepare = (split: 'validation' | 'calibration' | 'test'): SweepEvent => ({
    kind: 'prepared',
    split,
    packs: [],
    labels: Array.from({ length: options.images }, () => 0),
    at: startedAt + 1_000,
  });
  events.push(prepare('validation'), prepare('calibration'), prepare('test'));
  const asked = ideas.map(({ recipe, sentence }, at) => ({ candidate: ids[at] ?? candidateId('c001'), recipe, sentence }));
  events.push({ kind: 'asked', asked, snapshot: undefined, exhausted: true, at: startedAt + 1_500 });
  const base = answersOf(rng, options.images, 0.719);
  const clocks = new Map<DeviceId, number>(classes.flatMap(({ devices }) => devices.map((device) => [device, startedAt + 2_000])));
  const measuring: Measuring = { options, rng, base, clocks, attempts };
  for (const one of classes) events.push(measured(measuring, one, { id: 'c000', ratio: 1, answers: base }));
  for (const [at, idea] of ideas.entries()) {
    const id = ids[at];
    if (id === undefined || at > options.over + 3) break;
    events.push(...happened(measuring, { id, idea, at }));
  }
  if (options.finish) events.push(...ending(measuring, events));
  return { events, attempts };
}

function setupOf({ name, setup, classes, candidates, images }: SeedOptions, ideas: readonly Idea[]): SweepSetup {
  const [drop] = classes.flatMap(({ limits }) => limits.accuracyDropPoints ?? []);
  return {
    definition: {
      model: setup.model.id,
      dataset: setup.dataset.id,
      classes: 'all',
      sampler: 'random',
      seed: 1,
      candidates,
      recipes: ideas.map(({ recipe }) => recipe),
      objectives: ['accuracy', 'latency'],
      constraints: drop === undefined ? {} : { accuracyDropPoints: drop },
      classConstraints: Object.fromEntries(classes.map(({ id, limits }) => [id, limits])),
      images,
      calibrationImages: 100,
      measure: { blocks: 12, blockMs: 150, warmUpMs: 1_000, precision: 0.02 },
      fleet: { leaseMs: 60_000, heartbeatMs: 10_000, pollMs: 25_000, attempts: 3 },
    },
    name,
    ...setup,
    classes: classes.map(({ id, label, position, devices }) => ({ id, label, position, devices: devices.length })),
  };
}

interface Measuring {
  readonly options: SeedOptions;
  readonly rng: Rng;
  readonly base: string;
  readonly clocks: Map<DeviceId, number>;
  readonly attempts: SeededAttempt[];
}

function happened(
  measuring: Measuring,
  { id, idea, at }: { readonly id: ReturnType<typeof candidateId>; readonly idea: Idea; readonly at: number },
): SweepEvent[] {
  const { options, rng, base } = measuring;
  const madeAt = options.startedAt + 2_000 + at * options.everyMs;
  if (at % 19 === 18)
    return [
      { kind: 'refused', candidate: id, why: 'factorize before the 16-bit cast; after it there is no 32-bit weight to split', at: madeAt },
    ];
  const { model } = options.setup;
  const events: SweepEvent[] = [
    {
      kind: 'compressed',
      candidate: id,
      artifact: model.artifact,
      bytes: Math.round(model.bytes * idea.share),
      sentence: idea.sentence,
      history: historyOf(idea),
      at: madeAt,
    },
  ];
  const answers = changed(rng, base, idea.loss + (rng.next() - 0.5) * 0.5);
  const started = at >= options.over ? 1 + (at - options.over) : options.classes.length;
  for (const [place, one] of options.classes.entries()) {
    if (at >= options.over && place >= started - 1) continue;
    const share = { candidate: id, classId: one.id, share: 0, jobId: jobId(`${options.id}-${id}-${place}-0m`) };
    if (at % 37 === 36 && place === 2) {
      const when = take(measuring, one, { id, madeAt, failed: true });
      events.push({ kind: 'unmeasured', ...share, why: 'ended the tab twice on two phones', at: when });
    } else
      events.push(measured(measuring, one, { id, ratio: 1 / (idea.speed(one.int8) * (1 + (rng.next() - 0.5) * 0.1)), answers, madeAt }));
  }
  return events;
}

/** The winners judged on the test split, and the end. */
function ending(measuring: Measuring, events: readonly SweepEvent[]): SweepEvent[] {
  const { options, rng, base, clocks } = measuring;
  const at = Math.max(...clocks.values()) + 5_000;
  const state = foldEvents(options.id, events);
  const judged = options.classes.flatMap((one) => {
    const best = chooseBest(state, one.id)?.candidate ?? 'c000';
    return [...new Set(['c000', best])].map((id): SweepEvent => {
      const answers = id === 'c000' ? base : changed(rng, base, 0.4);
      return { ...measured(measuring, one, { id, ratio: 1, answers }), kind: 'judged', at };
    });
  });
  return [...judged, { kind: 'finished', at }];
}

interface Found {
  readonly id: string;
  readonly ratio: number;
  readonly answers: string;
  readonly madeAt?: number;
}

function measured(measuring: Measuring, one: SeededClass, { id, ratio, answers, madeAt = 0 }: Found): EventOf<'measured'> {
  const { options, rng } = measuring;
  const control = one.originalMs * (1 + (rng.next() - 0.5) * 0.02);
  const half = 0.008 + rng.next() * 0.014;
  const ranged = (value: number, width = half) => ({ value, low: value * (1 - width), high: value * (1 + width) });
  const at = take(measuring, one, { id, madeAt, failed: false });
  const figures: Figures = {
    p50Ms: ranged(control * ratio),
    p90Ms: ranged(control * ratio * 1.03),
    p95Ms: ranged(control * ratio * 1.05, 2 * half),
    controlP50Ms: control,
    ratio: ranged(ratio),
    loadMs: 40,
    firstRunMs: control * 2,
    memoryBytes: Math.round(34e6 + 8e6 * ratio + rng.next() * 1e6),
    top1: answers,
    top5: answers,
    blocks: 12 + rng.integer(8),
  };
  const place = options.classes.indexOf(one);
  const [device] = one.devices;
  return {
    kind: 'measured',
    candidate: candidateId(id),
    classId: one.id,
    share: 0,
    jobId: jobId(`${options.id}-${id}-${place}-0m`),
    attemptId: attemptId(`${options.id}-${id}-${place}-1`),
    deviceId: device ?? one.devices[0] ?? ('' as DeviceId),
    figures,
    at,
  };
}

/** The device of the class that is free first takes the job; some attempts are lost and the next device does it. */
function take(
  measuring: Measuring,
  one: SeededClass,
  { id, madeAt, failed }: { readonly id: string; readonly madeAt: number; readonly failed: boolean },
): number {
  const { rng, clocks, attempts, options } = measuring;
  const free = (): DeviceId => [...one.devices].sort((a, b) => (clocks.get(a) ?? 0) - (clocks.get(b) ?? 0))[0] ?? ('' as DeviceId);
  const attempt = (lost: boolean): number => {
    const device = free();
    const leasedAt = Math.max(clocks.get(device) ?? 0, madeAt) + 400 + rng.integer(1_500);
    const endedAt = leasedAt + options.everyMs * one.devices.length * (lost ? 0.3 : 0.72 + rng.next() * 0.2);
    clocks.set(device, endedAt);
    attempts.push({ candidate: id, classId: one.id, device, leasedAt, endedAt, failed: lost });
    return endedAt;
  };
  if (failed) return attempt(true) && attempt(true);
  if (rng.integer(30) === 0) attempt(true);
  return attempt(false);
}

function answersOf(rng: Rng, count: number, right: number): string {
  return Array.from({ length: count }, () => (rng.next() < right ? '1' : '0')).join('');
}

// About `points` more wrong than right, and a few exchanged both ways.
function changed(rng: Rng, base: string, points: number): string {
  const lost = Math.max(0, points / 100) + 0.004;
  const won = Math.max(0, -points / 100) + 0.004;
  return base
    .split('')
    .map((each) => (each === '1' ? (rng.next() < lost / 0.719 ? '0' : '1') : rng.next() < won / 0.281 ? '1' : '0'))
    .join('');
}
