import { type DeviceClassId, type Rng, seededRng } from '@fleetfit/core';
import { at } from '@fleetfit/numerics';
import { ORIGINAL } from '@fleetfit/space';
import { hypervolume, median, paretoFront } from '@fleetfit/stats';
import type { EncodedSpace } from '../encoded-space.ts';
import type { Goal } from '../goal.ts';
import type { History } from '../history.ts';
import { type Learner, learningSampler, type Proposal } from '../learning-sampler.ts';
import type { Json, MakeSampler, SamplerOptions } from '../sampler.ts';
import { type KnownSize, knownSizeOf } from './known-size.ts';
import { unwhitened } from './latents.ts';
import { type MetricModel, metricModel, type StoredMetric } from './metric-model.ts';
import { CELLS, doubtsOf, losable, metricOf, readingsOf, type SeenTrial } from './readings.ts';
import { type Levels, levelsOf, rowOf } from './rows.ts';
import { type Drawn, type Found, searchDraw, valuesOf } from './search-draw.ts';
import { type SettingsIndex, settingsOf } from './settings.ts';
import { type Structure, structureOf } from './structure.ts';
import { type Choices, choicesOf, type DrawnMetric, drawnMetric, exactMetric } from './tables.ts';
import { type Wanted, type WantedMetric, wantedMetrics, wantedOf } from './wanted.ts';

/** How bold the draws of a batch are, in turn: 0 is the fit itself, 1 a fair draw of what the readings allow. */
const TEMPERATURES = [0, 0.5, 1, 0.7] as const;

/** The tensor-train sampler for spaces of layers and goals of known metrics: MATH.md. */
export const makeStructured: MakeSampler = (options) =>
  learningSampler({
    name: 'tetra',
    options,
    makeLearner: ({ space, goal }, memory) => structuredLearner({ options, goal, encoded: space }, readMemory(memory)),
  });

interface Setup {
  readonly options: SamplerOptions;
  readonly goal: Goal;
  readonly encoded: EncodedSpace;
}

/** What it must find again: models by name, with what the original cost. */
type Memory = Readonly<Record<string, { readonly before: number | null; readonly metric: StoredMetric }>>;

function structuredLearner(setup: Setup, memory: Memory): Learner {
  const { options, goal, encoded } = setup;
  const structure = structureOf(options.space);
  const size = knownSizeOf(structure, options.sizeOf, seededRng('sizes'));
  const metrics = wantedMetrics(goal);
  const models = openModels({ structure, goal, learned: metrics.filter((name) => name !== 'size' || !size) }, memory);
  let everything: SettingsIndex | undefined;
  const settingsFor = (near: readonly Levels[], rng: Rng): SettingsIndex => {
    if (everything) return everything;
    const settings = settingsOf(structure, near, rng);
    if (settings.complete) everything = settings;
    return settings;
  };
  return {
    start: 0,
    knowsEnough: true,
    propose: (history, count) => {
      const seen = history.trials.map((trial) => ({
        trial,
        row: rowOf(structure, levelsOf(options.space, encoded.pointAt(trial.levels))),
      }));
      models.learn(seen, options.classes);
      const round: Round = {
        setup,
        structure,
        size,
        metrics,
        models,
        settingsFor,
        seen,
        history,
        taken: new Set(history.trials.map(({ text }) => text)),
        chosen: [],
        known: new Map(),
      };
      const asked = history.trials.filter((trial) => trial.asked).length;
      return Array.from({ length: count }, (_, j) => proposalOf(round, asked + j)).flatMap((each) => each ?? []);
    },
    memory: () => models.memory(),
  };
}

interface Round {
  readonly setup: Setup;
  readonly structure: Structure;
  readonly size: KnownSize | undefined;
  readonly metrics: readonly WantedMetric[];
  readonly models: Models;
  settingsFor(near: readonly Levels[], rng: Rng): SettingsIndex;
  readonly seen: readonly SeenTrial[];
  readonly history: History;
  /** Recipes that were asked for or told of. */
  readonly taken: Set<string>;
  /** What this round has proposed, as the fits see it. */
  readonly chosen: Float64Array[];
  /** By class. */
  readonly known: Map<DeviceClassId, Float64Array[]>;
}

/** One question: a draw of every metric, searched for what is best by it and not known yet. */
function proposalOf(round: Round, slot: number): Proposal | undefined {
  const { setup, metrics, models, history } = round;
  const { options, goal, encoded } = setup;
  const rng = seededRng(`tetra ${options.seed} ${slot}`);
  const temperature = history.told.length === 0 ? 1 : (TEMPERATURES[slot % TEMPERATURES.length] ?? 1);
  const deviceClass = options.classes[Math.floor(slot / TEMPERATURES.length) % Math.max(1, options.classes.length)];
  if (!deviceClass) return undefined;
  const befores = metrics.map((name) => models.before(name, deviceClass) ?? round.size?.original ?? 1);
  const wanted = wantedOf(goal, { metrics, befores, deviceClass }, directionOf(goal.objectives.length, slot, rng));
  const known = round.known.get(deviceClass) ?? knownValues(round, deviceClass);
  round.known.set(deviceClass, known);
  const starts = known
    .map((values, n) => ({ n, score: wanted.score(values) }))
    .sort((a, b) => a.score - b.score)
    .slice(0, 4);
  const near = starts.flatMap(({ n }) => round.seen[n] ?? []).map(({ trial }) => Int32Array.from(trial.levels));
  const settings = round.settingsFor(near, rng);
  const drawn = drawnOf(round, { settings, wanted, deviceClass, temperature, rng });
  const found = searchDraw(drawn, { rng, starts: near.flatMap((levels) => settings.pickOf(levels) ?? []) });
  const gains = goal.objectives.length === 2 ? byGain(found, drawn, { wanted, known: [...known, ...round.chosen] }) : found;
  const fresh = gains.find((pick) => isFresh(round, settings.levelsOf(pick)));
  const levels = fresh ? settings.levelsOf(fresh) : strayFrom(round, gains[0] && settings.levelsOf(gains[0]), rng);
  if (!levels) return undefined;
  const canonical = encoded.canonical([...levels]);
  const text = encoded.recipeAt(canonical)?.text;
  if (text !== undefined) round.taken.add(text);
  const pick = settings.pickOf(levels);
  if (pick) round.chosen.push(valuesOf(drawn, pick));
  return { levels: canonical };
}

/** Directions that cover a quarter circle evenly, however many are asked for; for more objectives, by chance. */
function directionOf(objectives: number, slot: number, rng: Rng): readonly number[] | undefined {
  if (objectives < 2) return undefined;
  if (objectives === 2) {
    const angle = (((slot + 0.5) * GOLDEN) % 1) * (Math.PI / 2);
    return [Math.cos(angle), Math.sin(angle)];
  }
  const parts = Array.from({ length: objectives }, () => -Math.log(1 - rng.next()));
  const length = Math.hypot(...parts);
  return parts.map((part) => part / length);
}

const GOLDEN = 0.6180339887498949;

/** What the fits say of every candidate that was asked for or told of. */
function knownValues({ seen, history, metrics, models, size, structure, setup }: Round, deviceClass: DeviceClassId): Float64Array[] {
  if (history.told.length === 0) return [];
  const most = losable(setup.goal);
  const predictors = metrics.map((name) => {
    const model = models.model(name, deviceClass);
    if (!model) return undefined;
    const { layout, predict, xi, scales } = model.best;
    const theta = unwhitened(layout, xi, scales);
    return (seenTrial: SeenTrial) => metricOf(name, predict(theta, seenTrial.row), most);
  });
  return seen.map((each) => Float64Array.from(metrics, (_, m) => predictors[m]?.(each) ?? sizeOfTrial(structure, size, each)));
}

function sizeOfTrial({ layers, globals }: Structure, size: KnownSize | undefined, { trial }: SeenTrial): number {
  const at0 = (knob: number | undefined): number => (knob === undefined ? -1 : (trial.levels[knob] ?? 0));
  const sum = layers.reduce(
    (total, layer, i) =>
      total +
      (size?.layer(
        i,
        Int32Array.from(layer.roles, (role) => at0(role?.knob)),
      ) ?? 0),
    0,
  );
  return sum * (size?.share(Int32Array.from(globals, ({ knob }) => at0(knob))) ?? 1);
}

interface Slot {
  readonly settings: SettingsIndex;
  readonly wanted: Wanted;
  readonly deviceClass: DeviceClassId;
  readonly temperature: number;
  readonly rng: Rng;
}

function drawnOf(round: Round, { settings, wanted, deviceClass, temperature, rng }: Slot): Drawn {
  const { structure, metrics, models, setup, seen, size } = round;
  const choices = choicesOf(structure, settings);
  const drawn = metrics.map((name): DrawnMetric => {
    const model = models.model(name, deviceClass);
    const limit = setup.goal.classLimits?.[deviceClass] ?? setup.goal.limits ?? {};
    const typical = name === 'accuracy' ? 1 : (limit[name] ?? 0.3 * (models.before(name, deviceClass) ?? size?.original ?? 1));
    const weight = name === 'accuracy' ? 1 : 0.3 / typical;
    if (!model) return sizeMetric({ structure, size, settings }, weight);
    const most = losable(setup.goal);
    const value = name === 'accuracy' ? (sum: number) => -most * Math.expm1(-sum) : (sum: number) => sum;
    const { layout, xi, scales } = model.draw(rng, temperature);
    return drawnMetric(layout, { xi, scales, weight, value }, choices);
  });
  return { choices, metrics: drawn, edges: structure.edges, score: wanted.score, doubts: doubtTables(round, choices, seen) };
}

function sizeMetric(
  { structure, size, settings }: { structure: Structure; size: KnownSize | undefined; settings: SettingsIndex },
  weight: number,
): DrawnMetric {
  const tables = structure.layers.map((_, i) => Float64Array.from(settings.layers[i] ?? [], (setting) => size?.layer(i, setting) ?? 0));
  return exactMetric(
    tables,
    Float64Array.from(settings.globals, (globals) => size?.share(globals) ?? 1),
    weight,
  );
}

function doubtTables({ structure }: Round, choices: Choices, seen: readonly SeenTrial[]): readonly Float64Array[] | undefined {
  const roles = structure.roles.length;
  const doubts = doubtsOf(seen, structure.layers.length * roles * CELLS);
  if (!doubts) return undefined;
  return choices.layers.map(({ count, cells }, i) =>
    Float64Array.from({ length: count }, (_, s) => {
      let sum = 0;
      for (let k = 0; k < roles; k++) {
        const cell = cells[s * roles + k] ?? -1;
        if (cell >= 0) sum += at(doubts, (i * roles + k) * CELLS + cell);
      }
      return sum;
    }),
  );
}

/** Local optima by how much area they add to the front that the fits see. */
function byGain(found: readonly Found[], drawn: Drawn, { wanted, known }: { wanted: Wanted; known: readonly Float64Array[] }): Found[] {
  const points = known.map((values): readonly [number, number] => pairOf(wanted, values));
  const front = paretoFront(points, [([x]) => x, ([, y]) => y]);
  const before = hypervolume(front, [0, 0]);
  const gained = found.map((pick) => ({ pick, gain: hypervolume([...front, pairOf(wanted, valuesOf(drawn, pick))], [0, 0]) - before }));
  return gained.sort((a, b) => b.gain - a.gain).map(({ pick }) => pick);
}

function pairOf(wanted: Wanted, values: Float64Array): readonly [number, number] {
  const [x = 0, y = 0] = wanted.objectives(values);
  return [x, y];
}

function isFresh({ setup: { encoded }, taken }: Round, levels: Levels): boolean {
  const text = encoded.recipeAt(encoded.canonical([...levels]))?.text;
  return text !== undefined && text !== ORIGINAL && !taken.has(text);
}

/** Where all optima are known already: the best of them, changed here and there until it is new. */
function strayFrom(round: Round, from: Levels | undefined, rng: Rng): Levels | undefined {
  const { axes } = round.setup.encoded;
  const levels = from ? Int32Array.from(from) : new Int32Array(axes.length);
  for (let tried = 0; tried < 300; tried++) {
    const knob = rng.integer(axes.length);
    levels[knob] = rng.integer(axes[knob]?.count ?? 1);
    if (isFresh(round, levels)) return levels;
  }
  return undefined;
}

/** Fits need so many readings and no more: the best, and as many of the others as there is room for, evenly in time. */
const MOST_READINGS = 320;

function mostTelling(seen: readonly SeenTrial[]): readonly SeenTrial[] {
  const told = seen.filter(({ trial }) => trial.answers.size > 0);
  if (told.length <= MOST_READINGS) return told;
  const scoreOf = ({ trial: { state } }: SeenTrial): number => (state.kind === 'scored' ? state.score : Number.POSITIVE_INFINITY);
  const ranked = told.toSorted((a, b) => scoreOf(a) - scoreOf(b));
  const best = new Set(ranked.slice(0, Math.ceil((2 * MOST_READINGS) / 3)));
  const others = told.filter((each) => !best.has(each));
  const room = MOST_READINGS - best.size;
  const kept = new Set(Array.from({ length: room }, (_, i) => others[Math.floor((i * others.length) / room)]));
  return told.filter((each) => best.has(each) || kept.has(each));
}

/** One model of the loss, and one of each learned cost on each class. */
interface Models {
  learn(seen: readonly SeenTrial[], classes: readonly DeviceClassId[]): void;
  /** Undefined for a metric that is known exactly. */
  model(metric: WantedMetric, deviceClass: DeviceClassId): MetricModel | undefined;
  /** What the original costs, as far as it is known. */
  before(metric: WantedMetric, deviceClass: DeviceClassId): number | undefined;
  memory(): Json;
}

function openModels(
  { structure, goal, learned }: { structure: Structure; goal: Goal; learned: readonly WantedMetric[] },
  memory: Memory,
): Models {
  const { original = {} } = goal;
  const keyOf = (metric: WantedMetric, deviceClass: DeviceClassId): string => (metric === 'accuracy' ? metric : `${metric} ${deviceClass}`);
  const told = (metric: WantedMetric, deviceClass: DeviceClassId): number | undefined =>
    metric === 'accuracy' ? 1 : metric === 'latency' ? original.latency?.[deviceClass] : original[metric];
  const guesses = new Map(Object.entries(memory).flatMap(([key, { before }]) => (before === null ? [] : [[key, before] as const])));
  const models = new Map<string, MetricModel>();
  const open = (metric: WantedMetric, deviceClass: DeviceClassId): MetricModel => {
    const key = keyOf(metric, deviceClass);
    const known = models.get(key);
    if (known) return known;
    const before = told(metric, deviceClass) ?? guesses.get(key) ?? 1;
    const made = metricModel(structure, { kind: metric === 'accuracy' ? 'loss' : 'cost', before }, memory[key]?.metric);
    models.set(key, made);
    return made;
  };
  return {
    learn: (seen, classes) => {
      for (const metric of learned) {
        for (const deviceClass of metric === 'accuracy' ? classes.slice(0, 1) : classes) {
          const readings = readingsOf(mostTelling(seen), metric, { goal, deviceClass });
          const key = keyOf(metric, deviceClass);
          if (readings.values.length > 0 && told(metric, deviceClass) === undefined && !guesses.has(key)) {
            guesses.set(key, Math.exp(median([...readings.values])));
            models.delete(key);
          }
          open(metric, deviceClass).learn(readings);
        }
      }
    },
    model: (metric, deviceClass) => (learned.includes(metric) ? open(metric, deviceClass) : undefined),
    before: (metric, deviceClass) => told(metric, deviceClass) ?? guesses.get(keyOf(metric, deviceClass)),
    memory: () =>
      Object.fromEntries(
        [...models].map(([key, model]) => [key, { before: guesses.get(key) ?? null, metric: { ...model.memory() } }]),
      ) as unknown as Json,
  };
}

// Written by `memory` of this very version: the snapshot's own version tells it from anything else.
const readMemory = (memory: Json | undefined): Memory => (memory ?? {}) as unknown as Memory;
