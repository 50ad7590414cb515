import { candidateId, deviceClassId, deviceId, type Estimate, seededRng, sweepId } from '@fleetfit/core';
import type { CandidateOnClass, CandidateView, ClassView, DeviceView, DoingView, SweepView } from '@fleetfit/sweep';

/** An invented fleet and sweep, so that screens can be drawn and looked at without a fleet. Every figure here is made up. */
interface InventedClass {
  readonly id: string;
  readonly label: string;
  readonly position: number;
  readonly devices: number;
  readonly limitMs: number;
  readonly originalMs: number;
  /** How many times as fast int8 is here. */
  readonly int8: number;
}

const CLASSES: readonly InventedClass[] = [
  { id: 'raspberry-pi-5', label: 'Raspberry Pi 5, node cpu, 1 thread', position: 0, devices: 3, limitMs: 20, originalMs: 38.4, int8: 2.29 },
  { id: 'x86-camera', label: 'x86 camera, node cpu, 1 thread', position: 1, devices: 2, limitMs: 8, originalMs: 15.2, int8: 2.29 },
  { id: 'pixel-phone', label: 'Pixel phone, web wasm, 1 thread', position: 2, devices: 4, limitMs: 40, originalMs: 46.8, int8: 0.78 },
];

const ORIGINAL_BYTES = 13_964_244;
const LIMIT_POINTS = 1;
const rng = seededRng(11);
const spread = (width: number) => (rng.next() + rng.next() - 1) * width;

function estimate(value: number, half: number, count: number): Estimate {
  return { value, variance: (half / 1.96) ** 2, low: value - half, high: value + half, count };
}

interface Idea {
  readonly kind: 'int8' | 'fp16' | 'dynamic';
  readonly pruned: number;
}

function ideaOf(index: number): Idea {
  const kind = index % 5 === 0 ? 'dynamic' : index % 3 === 1 ? 'fp16' : 'int8';
  return { kind, pruned: [0, 12, 18, 25, 37, 50][Math.floor(rng.next() * 6)] ?? 0 };
}

const WORDS = { int8: 'Int8 per channel, MSE range', fp16: 'Weights stored in 16 bits', dynamic: 'Dynamic int8' } as const;
const RECIPES = { int8: 'quantize{bits=8,per=channel,range=mse}', fp16: 'cast{to=fp16}', dynamic: 'quantize-dynamic{bits=8}' } as const;

function sentenceOf({ kind, pruned }: Idea): string {
  return pruned === 0 ? WORDS[kind] : `${WORDS[kind]}; ${pruned} % of channels pruned, distilled`;
}

function recipeOf({ kind, pruned }: Idea): string {
  return pruned === 0 ? RECIPES[kind] : `prune-channels{share=${pruned / 100}} | distil{epochs=3} | ${RECIPES[kind]}`;
}

function onClassOf(idea: Idea, one: InventedClass, state: CandidateOnClass['state']): CandidateOnClass {
  const gain = (idea.kind === 'fp16' ? 1.02 : idea.kind === 'int8' ? one.int8 : one.int8 * 0.8) / (1 - idea.pruned / 110);
  const speed = gain * (1 + spread(0.06));
  const latency = one.originalMs / speed;
  const change = -0.25 - (idea.kind === 'dynamic' ? 0.8 : 0.1) - (idea.pruned / 50) ** 2 * 3.2 + spread(0.5);
  const half = 0.4 + rng.next() * 0.2;
  const within = latency > one.limitMs || change < -LIMIT_POINTS ? 'no' : change - half < -LIMIT_POINTS ? 'unclear' : 'yes';
  const measured = state === 'measured';
  return {
    id: deviceClassId(one.id),
    state,
    why: undefined,
    latencyMs: estimate(latency, latency * (measured ? 0.012 : 0.05), measured ? 18 : 6),
    speed: { value: speed, low: speed * 0.985, high: speed * 1.015 },
    accuracy: estimate(0.719 + change / 100, 0.012, 5_000),
    accuracyChange: { value: change, low: change - half, high: change + half },
    memoryBytes: Math.round(38e6 + spread(6e6)),
    onFront: false,
    withinLimits: measured ? within : undefined,
    verdict: speed > 1.02 ? 'faster' : speed < 0.98 ? 'slower' : 'no difference',
  };
}

function emptyOn(one: InventedClass, state: CandidateOnClass['state'], why?: string): CandidateOnClass {
  const nothing = { latencyMs: undefined, speed: undefined, accuracy: undefined, accuracyChange: undefined, memoryBytes: undefined };
  return { id: deviceClassId(one.id), state, why, ...nothing, onFront: false, withinLimits: undefined, verdict: undefined };
}

function original(): CandidateView {
  const classes = CLASSES.map(
    (one): CandidateOnClass => ({
      ...emptyOn(one, 'measured'),
      latencyMs: estimate(one.originalMs, one.originalMs * 0.008, 18),
      speed: { value: 1, low: 1, high: 1 },
      accuracy: estimate(0.719, 0.0125, 5_000),
      accuracyChange: { value: 0, low: 0, high: 0 },
      memoryBytes: 52_000_000,
      withinLimits: 'no',
      verdict: 'no difference',
    }),
  );
  return {
    ...plain(0, 'measured'),
    isOriginal: true,
    recipe: 'original',
    sentence: 'Original, 32-bit float',
    bytes: ORIGINAL_BYTES,
    classes,
  };
}

function plain(index: number, state: CandidateView['state']): CandidateView {
  const id = candidateId(`c${String(index).padStart(3, '0')}`);
  return { id, isOriginal: false, recipe: '', sentence: '', state, why: undefined, bytes: undefined, classes: [], history: [] };
}

function candidateOf(index: number): CandidateView {
  const idea = ideaOf(index);
  const base = { recipe: recipeOf(idea), sentence: sentenceOf(idea) };
  if (index === 19) {
    const why = 'factorize before the 16-bit cast; after it there is no 32-bit weight to split';
    return { ...plain(index, 'refused'), ...base, why, classes: CLASSES.map((one) => emptyOn(one, 'waiting')) };
  }
  if (index === 48) return { ...plain(index, 'compressing'), ...base, classes: CLASSES.map((one) => emptyOn(one, 'waiting')) };
  const measuring = index >= 45;
  const classes = CLASSES.map((one, at) => {
    if (index === 38 && at === 2) return emptyOn(one, 'failed', 'ended the tab twice on two phones');
    if (measuring && at === 2) return emptyOn(one, 'waiting');
    return onClassOf(idea, one, measuring && at === 1 ? 'measuring' : 'measured');
  });
  const share = (idea.kind === 'fp16' ? 0.5 : 0.27) * (1 - idea.pruned / 130);
  const bytes = Math.round(ORIGINAL_BYTES * share);
  const history: CandidateView['history'] = [
    { kind: 'changed', layer: 'Conv_0', what: 'batch norm folded into the convolution' },
    { kind: 'changed', layer: 'Conv_12', what: '8 bits per channel, range by MSE' },
    { kind: 'refused', layer: 'Gemm_104', what: 'kept in 32 bits: its input is read by 2 nodes' },
  ];
  return { ...plain(index, measuring ? 'measuring' : 'measured'), ...base, bytes, classes, history };
}

function withFront(candidates: readonly CandidateView[], one: InventedClass): readonly string[] {
  const known = candidates.flatMap((candidate) => {
    const on = candidate.classes.find((found) => found.id === one.id);
    return on?.state === 'measured' && on.latencyMs && on.accuracyChange
      ? [{ id: candidate.id, ms: on.latencyMs.value, points: on.accuracyChange.value }]
      : [];
  });
  const undominated = known.filter((a) => !known.some((b) => b.ms <= a.ms && b.points >= a.points && (b.ms < a.ms || b.points > a.points)));
  return undominated.sort((a, b) => a.ms - b.ms).map((found) => found.id);
}

function classOf(one: InventedClass, candidates: readonly CandidateView[]): ClassView {
  const inside = candidates
    .flatMap((candidate) => candidate.classes.map((on) => ({ candidate, on })))
    .filter(({ candidate, on }) => on.id === one.id && on.withinLimits === 'yes' && !candidate.isOriginal)
    .sort((a, b) => (a.on.latencyMs?.value ?? 0) - (b.on.latencyMs?.value ?? 0));
  const [best] = inside;
  return {
    id: deviceClassId(one.id),
    label: one.label,
    position: one.position,
    devices: one.devices,
    limits: { latencyMs: one.limitMs, accuracyDropPoints: LIMIT_POINTS },
    front: withFront(candidates, one).map(candidateId),
    best: best && {
      candidate: best.candidate.id,
      sentence: `Ship ${best.candidate.id}: ${(best.on.speed?.value ?? 1).toFixed(1)} times as fast as the original and half a point less accurate; inside both limits.`,
      test: undefined,
    },
  };
}

/** The sweep in mid-air: 44 of 60 candidates done. */
export function inventedSweep(now: number): SweepView {
  const bare = [original(), ...Array.from({ length: 48 }, (_, at) => candidateOf(at + 1))];
  const classes = CLASSES.map((one) => classOf(one, bare));
  const fronts = new Map(classes.map((one) => [String(one.id), new Set<string>(one.front)]));
  const candidates = bare.map((one) => ({
    ...one,
    classes: one.classes.map((on) => ({ ...on, onFront: fronts.get(on.id)?.has(one.id) ?? false })),
  }));
  return {
    id: sweepId('7q2'),
    number: 3,
    name: 'mobilenetv2 for shelf cameras',
    state: 'running',
    why: undefined,
    goal: 'At most 20 ms on Raspberry Pi 5, 8 ms on x86 camera and 40 ms on Pixel phone; lose at most 1.0 point of top-1 on 5,000 images; then as fast as possible.',
    model: { id: 'm1', name: 'mobilenetv2-1.0' },
    dataset: { id: 'd1', name: 'imagenet-val-5k' },
    sampler: 'random',
    objectives: ['accuracy', 'latency'],
    images: 5_000,
    classes,
    progress: {
      total: 60,
      measured: 42,
      refused: 1,
      failed: 1,
      measuring: 3,
      compressing: 1,
      toCome: 12,
      startedAt: now - 38 * 60_000,
      endedAt: undefined,
      left: { value: 13 * 60_000, low: 10 * 60_000, high: 18 * 60_000 },
    },
    candidates,
    log: [
      { at: now - 180_000, text: 'c043 measured on all classes; not better' },
      { at: now - 120_000, text: 'c044 Pixel phone 37.1 ms ±0.9; may lose up to 1.1 points' },
      { at: now - 10_000, text: 'c048 compressing: distil, epoch 2 of 3' },
    ],
  };
}

const DEVICES: readonly (readonly [name: string, at: number, doing: string])[] = [
  ['shelf-01', 0, 'c046 0.6 block 6 of 10'],
  ['shelf-02', 0, 'c045 0.9 block 9 of 10'],
  ['shelf-03', 0, 'cooling at 79 °C, goes on below 70 °C'],
  ['door-01', 1, 'c047 0.3 block 3 of 10'],
  ['door-02', 1, 'offline'],
  ['pixel-lab-1', 2, 'c045 0.3 block 3 of 10'],
  ['pixel-lab-2', 2, 'c046 0.1 block 1 of 10'],
  ['pixel-lab-3', 2, 'control 1.31 times slower than usual; 2 good control runs bring it back'],
  ['pixel-anna', 2, 'no work'],
];

/** Nine devices in every state, and one that waits to be let in. */
export function inventedDevices(now: number): readonly DeviceView[] {
  const devices = DEVICES.map(
    ([name, at, doing]): DeviceView => deviceOf({ name, at, doing: doingOf(doing), online: doing !== 'offline', now }),
  );
  return [...devices, { ...deviceOf({ name: 'shelf-04', at: 0, doing: { kind: 'idle', why: '' }, online: true, now }), state: 'pending' }];
}

function doingOf(text: string): DoingView {
  const [, candidate, done, phase] = /^(c\d+) ([\d.]+) (.*)$/.exec(text) ?? [];
  if (candidate === undefined || phase === undefined) return { kind: 'idle', why: text };
  return { kind: 'measuring', sweep: sweepId('7q2'), candidate: candidateId(candidate), phase, done: Number(done) };
}

interface InventedDevice {
  readonly name: string;
  readonly at: number;
  readonly doing: DoingView;
  readonly online: boolean;
  readonly now: number;
}

function deviceOf({ name, at, doing, online, now }: InventedDevice): DeviceView {
  const [one = CLASSES[0]] = CLASSES.slice(at);
  const web = at === 2;
  return {
    id: deviceId(name),
    name,
    classId: deviceClassId(one?.id ?? 'x'),
    classLabel: one?.label ?? '',
    position: at,
    state: 'active',
    online,
    lastSeenAt: online ? now : now - 11 * 60_000,
    words: 'amber otter',
    doing,
    tags: [],
    paused: false,
    joinedAt: now - 86_400_000,
    reports: [],
    facts: {
      isolated: true,
      cpu: one?.label.split(',')[0] ?? '',
      os: web ? 'Android 16' : 'Linux 6.6',
      arch: at === 1 ? 'x64' : 'arm64',
      threads: 1,
      runtime: web ? 'web' : 'node',
      runtimeVersion: '1.30.0',
      provider: web ? 'wasm' : 'cpu',
      memoryBytes: at === 1 ? 16e9 : 8e9,
    },
    measured: 15 - at,
  };
}
