import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type DeviceClassId, deviceClassId, type Metrics } from '@fleetfit/core';
import { type Goal, scalarOf } from '@fleetfit/search';
import type { Knob, Point, Space } from '@fleetfit/space';
import { quantile } from '@fleetfit/stats';
import { exactly, TABLE_CLASS, type Table } from './play.ts';
import { at, type Levels } from './problem.ts';

const OPERATIONS = ['none', 'skip', 'conv1x1', 'conv3x3', 'avgpool3x3'];
const EDGES = 6;

/** All cells of NAS-Bench-201 (Dong and Yang, ICLR 2020) with the accuracies and latencies that others measured. */
export interface ArchitectureTable {
  readonly devices: readonly string[];
  /** Of every cell, by its six digits: accuracy on the validation images of CIFAR-100, a fraction. */
  readonly accuracy: ReadonlyMap<string, number>;
  /** By device, then by cell, ms. */
  readonly latency: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

const FIRST_DEVICE = 7;

/** Reads nasbench201.csv.gz from the lab's folder; undefined where it is not there. */
export function readArchitectures(
  lab = process.env['FLEETFIT_LAB'] ?? join(import.meta.dirname, '../../../../../shared'),
): ArchitectureTable | undefined {
  const file = join(lab, 'data/latency-tables/nasbench201.csv.gz');
  if (!existsSync(file)) return undefined;
  const [head = '', ...lines] = gunzipSync(readFileSync(file)).toString().trim().split('\n');
  const columns = head.split(',');
  const devices = columns.slice(FIRST_DEVICE);
  const rows = lines.map((line) => line.split(','));
  const column = (name: string): Map<string, number> => {
    const index = columns.indexOf(name);
    return new Map(rows.map((row) => [row[0] ?? '', Number(row[index])]));
  };
  const accuracy = new Map([...column('cifar100_val')].map(([cell, percent]) => [cell, percent / 100]));
  return { devices, accuracy, latency: new Map(devices.map((device) => [device, column(device)])) };
}

const knobs = Array.from(
  { length: EDGES },
  (_, edge): Knob => ({
    name: `edge${edge}`,
    label: `Edge ${edge}`,
    order: 'categorical',
    layer: `edge${edge}`,
    levels: OPERATIONS.map((name) => ({
      name,
      label: name,
      adds: { kind: 'steps', steps: [{ word: 'place', args: { edge, operation: name } }] },
    })),
  }),
);
const space: Space = { knobs };

const levelsAt = (point: Point): Levels => knobs.map(({ name }) => OPERATIONS.indexOf(point[name] ?? ''));

/** The most accurate cell within the fastest 30 % of one device, looked for by its latency and accuracy. The truth of a turn is its regret in points. */
export function architectureTable(of: ArchitectureTable, device: string, seed: number): Table {
  const { limit, best } = wanted(of, device);
  const goal: Goal = { objectives: ['accuracy'], limits: { latency: limit }, chance: 0.01 };
  return {
    counts: knobs.map(() => OPERATIONS.length),
    categorical: knobs.map(() => true),
    objectives: 1,
    options: { space, seed, classes: [TABLE_CLASS], goal },
    levelsAt,
    evaluate(x) {
      const { accuracy, latency } = look(of, device, x);
      const turn = {
        score: scalarOf(goal, { drop: 1 - accuracy, latency }),
        truth: 100 * (best - accuracy),
        allowed: latency <= limit,
      };
      return { turn, metrics: metricsOf(accuracy, latency) };
    },
  };
}

/** The same for several devices at once: each is a class with its own limit. */
export function manyDevices(of: ArchitectureTable, devices: readonly string[], seed: number) {
  const goals = devices.map((device) => ({ device, id: deviceClassId(device), ...wanted(of, device) }));
  const goal: Goal = {
    objectives: ['accuracy'],
    classLimits: Object.fromEntries(goals.map(({ id, limit }) => [id, { latency: limit }])),
    chance: 0.01,
  };
  const evaluate = (point: Point, id: DeviceClassId): { readonly metrics: Metrics; readonly regret: number | undefined } => {
    const found = goals.find((each) => each.id === id);
    const { accuracy, latency } = look(of, found?.device ?? '', levelsAt(point));
    const allowed = found !== undefined && latency <= found.limit;
    return { metrics: metricsOf(accuracy, latency), regret: allowed ? 100 * (found.best - accuracy) : undefined };
  };
  return { options: { space, seed, classes: goals.map(({ id }) => id), goal }, evaluate };
}

function wanted({ accuracy, latency }: ArchitectureTable, device: string): { readonly limit: number; readonly best: number } {
  const times = latency.get(device) ?? new Map<string, number>();
  const limit = quantile([...times.values()], 0.3);
  const within = [...times].filter(([, time]) => time <= limit).map(([cell]) => accuracy.get(cell) ?? 0);
  return { limit, best: Math.max(...within) };
}

function look(
  { accuracy, latency }: ArchitectureTable,
  device: string,
  x: Levels,
): { readonly accuracy: number; readonly latency: number } {
  const cell = Array.from({ length: EDGES }, (_, edge) => at(x, edge)).join('');
  return { accuracy: accuracy.get(cell) ?? 0, latency: latency.get(device)?.get(cell) ?? 0 };
}

const metricsOf = (accuracy: number, latency: number): Metrics => ({ accuracy: exactly(accuracy), latency: exactly(latency) });
