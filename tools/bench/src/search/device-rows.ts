import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { FleetError, seededRng } from '@fleetfit/core';
import { addAt, cholesky, matrix, solveCholesky } from '@fleetfit/numerics';
import { learnDevices } from '@fleetfit/search';
import { mean } from '@fleetfit/stats';
import type { Check, Field, Row, RowPlan } from '../bench.ts';

/** Networks that others measured on 25 devices, and HELP's split of them (Lee et al., NeurIPS 2021). */
interface Measured {
  readonly file: string;
  /** How many things can stand in each place of a network. */
  readonly counts: readonly number[];
  readonly known: readonly string[];
  /** Known devices are learned from so many first rows. */
  readonly rows: number;
}

const KNOWN = ['1080ti_1', '1080ti_32', 'silver_4114', 'silver_4210r', 'samsung_a50', 'pixel3', 'essential_ph_1', 'samsung_s7'];
const TABLES: Readonly<Record<'nasbench201' | 'fbnet', Measured>> = {
  nasbench201: { file: 'nasbench201.csv.gz', counts: Array.from({ length: 6 }, () => 5), known: [...KNOWN, '1080ti_256'], rows: 900 },
  fbnet: { file: 'fbnet.csv.gz', counts: Array.from({ length: 22 }, () => 9), known: [...KNOWN, '1080ti_64'], rows: 4_000 },
};
type TableName = keyof typeof TABLES;

const SEEDS = 20;
/** Of a table's networks every so many is predicted; more change no digit. */
const EVERY = 5;
/** Networks that one seed may choose its probes from. */
const CANDIDATES = 300;
const AIMS = ['titan_rtx_256', 'gold_6226', 'pixel2', 'eyeriss'];

const rowName = (table: TableName, probes: number): string => `devices ${table} ${probes} probes`;

/** A device that nobody knows, by a handful of chosen measurements: rank correlation and coverage over all unseen devices and 20 seeds. */
export function deviceRows(): RowPlan[] {
  return (['nasbench201', 'fbnet'] as const).flatMap((table) =>
    [5, 10].map((probes) => ({ name: rowName(table, probes), long: probes === 5, measure: async () => measureDevices(table, probes) })),
  );
}

interface Columns {
  readonly networks: readonly (readonly number[])[];
  readonly latencies: ReadonlyMap<string, readonly number[]>;
}

function readColumns(name: TableName): Columns {
  const lab = process.env['FLEETFIT_LAB'] ?? join(import.meta.dirname, '../../../../../shared');
  const file = join(lab, 'data/latency-tables', TABLES[name].file);
  if (!existsSync(file)) throw new FleetError('unavailable', `Cannot read latencies: ${file} is not there`, { next: 'set FLEETFIT_LAB' });
  const [head = '', ...lines] = gunzipSync(readFileSync(file)).toString().trim().split('\n');
  const columns = head.split(',');
  const rows = lines.map((line) => line.split(','));
  const devices = columns.filter((column) => column !== 'arch' && !/_(val|test)$/.test(column));
  return {
    networks: rows.map(([digits = '']) => Array.from(digits, Number)),
    latencies: new Map(devices.map((device) => [device, rows.map((row) => Number(row[columns.indexOf(device)]))])),
  };
}

function measureDevices(name: TableName, probes: number): Readonly<Record<string, Field>> {
  const { networks, latencies } = readColumns(name);
  const { known, rows, counts } = TABLES[name];
  const unseen = [...latencies.keys()].filter((device) => !known.includes(device));
  const learned = known.map((device) => ({
    name: device,
    networks: networks.slice(0, rows),
    latencies: (latencies.get(device) ?? []).slice(0, rows),
  }));
  const judged = networks.map((_, i) => i).filter((i) => i % EVERY === 0);
  const found = unseen.map((device) => ({ device, spearman: [] as number[], covered: [] as number[], faulty: [] as number[] }));
  for (let seed = 0; seed < SEEDS; seed++) {
    const rng = seededRng(`devices ${seed}`);
    const model = learnDevices(learned, { counts, rng });
    const pool = rng.shuffled(networks.map((_, i) => i)).slice(0, CANDIDATES);
    const chosen = model
      .chooseProbes(
        pool.map((i) => networks[i] ?? []),
        probes,
      )
      .map((k) => pool[k] ?? 0);
    for (const { device, spearman, covered, faulty } of found) {
      const times = latencies.get(device) ?? [];
      const readings = chosen.map((i) => ({ network: networks[i] ?? [], latency: times[i] ?? 0 }));
      const look = (of: typeof readings) => {
        const adapted = model.adapt(of);
        return judged.map((i) => adapted.predict(networks[i] ?? []));
      };
      const truth = judged.map((i) => times[i] ?? 0);
      const forecasts = look(readings);
      spearman.push(
        rankCorrelation(
          forecasts.map(({ latency }) => latency),
          truth,
        ),
      );
      covered.push(mean(forecasts.map(({ low, high }, k) => (low <= (truth[k] ?? 0) && (truth[k] ?? 0) <= high ? 1 : 0))));
      // The last reading a hundredth of what it should be, as such tables have them.
      const broken = readings.map((reading, k) => (k === readings.length - 1 ? { ...reading, latency: reading.latency / 100 } : reading));
      if (seed === 0)
        faulty.push(
          rankCorrelation(
            look(broken).map(({ latency }) => latency),
            truth,
          ),
        );
    }
  }
  return fieldsOf(found.map((each) => ({ ...each, ceiling: ceilingOf(networks, latencies.get(each.device) ?? [], counts) })));
}

interface Found {
  readonly device: string;
  readonly spearman: readonly number[];
  readonly covered: readonly number[];
  readonly faulty: readonly number[];
  readonly ceiling: number;
}

function fieldsOf(found: readonly Found[]): Readonly<Record<string, Field>> {
  const of = (device: string): Found | undefined => found.find((each) => each.device === device);
  const aims = AIMS.flatMap((device) => of(device) ?? []);
  const single = found.flatMap(({ device, spearman, ceiling }) => [
    [`${device}_spearman`, mean(spearman)] as const,
    [`${device}_ceiling`, ceiling] as const,
  ]);
  return {
    ...(aims.length === AIMS.length && { aims_spearman: mean(aims.map(({ spearman }) => mean(spearman))) }),
    worst_below_mean: Math.max(...found.map(({ spearman }) => mean(spearman) - Math.min(...spearman))),
    share_of_ceiling: Math.min(...found.map(({ spearman, ceiling }) => mean(spearman) / ceiling)),
    coverage: mean(found.map(({ covered }) => mean(covered))),
    lost_by_a_fault: Math.max(...found.map(({ spearman, faulty }) => (spearman[0] ?? 0) - (faulty[0] ?? 0))),
    ...Object.fromEntries(single),
  };
}

/** Spearman's: the correlation of ranks, ties at their mean rank. */
function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [ranksOf(a), ranksOf(b)];
  const middle = (a.length - 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  x.forEach((rank, i) => {
    const [dx, dy] = [rank - middle, (y[i] ?? 0) - middle];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  });
  return xy / Math.sqrt(xx * yy || 1);
}

function ranksOf(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const ranks = values.map(() => 0);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1] ?? 0] === values[order[from] ?? 0]) to++;
    for (let k = from; k <= to; k++) ranks[order[k] ?? 0] = (from + to) / 2;
    from = to + 1;
  }
  return ranks;
}

/** What the noise of a device allows: a ridge fit (single places, and pairs where they are few) on half of its own rows, judged on the other half. */
function ceilingOf(networks: readonly (readonly number[])[], latencies: readonly number[], counts: readonly number[]): number {
  const width = Math.max(...counts);
  const withPairs = counts.length <= 8;
  const features = (network: readonly number[]): number[] => {
    const singles = network.map((thing, i) => i * width + thing);
    if (!withPairs) return singles;
    const start = counts.length * width;
    const pairs = network.flatMap((a, i) =>
      network.slice(i + 1).map((b, j) => start + ((i * counts.length + i + 1 + j) * width + a) * width + b),
    );
    return [...singles, ...pairs];
  };
  const size = counts.length * width + (withPairs ? counts.length ** 2 * width * width : 0);
  const known = latencies.toSorted((a, b) => a - b);
  const middle = known[known.length >> 1] ?? 1;
  const logs = latencies.map((latency) => Math.log(Math.max(latency, 0.02 * middle)));
  const level = mean(logs);
  const gram = new Float64Array(size * size);
  const right = new Float64Array(size);
  for (let i = 0; i < size; i++) gram[i * size + i] = 1;
  networks.forEach((network, n) => {
    if (n % 2 === 1) return;
    const active = features(network);
    for (const i of active) {
      addAt(right, i, (logs[n] ?? 0) - level);
      for (const j of active) addAt(gram, i * size + j, 1);
    }
  });
  const weights = solveCholesky(cholesky(matrix(size, size, gram)), right);
  const judged = networks.map((_, n) => n).filter((n) => n % 2 === 1);
  const predicted = judged.map((n) => features(networks[n] ?? []).reduce((sum, i) => sum + (weights[i] ?? 0), 0));
  return rankCorrelation(
    predicted,
    judged.map((n) => latencies[n] ?? 0),
  );
}

interface Wanted {
  readonly table: TableName;
  readonly probes: number;
  readonly field: string;
  readonly about: string;
  readonly from: number;
  readonly to?: number;
}

const WANTED: readonly Wanted[] = [
  { table: 'nasbench201', probes: 10, field: 'aims_spearman', about: 'mean rank correlation over HELP’s devices', from: 0.945 },
  { table: 'nasbench201', probes: 5, field: 'aims_spearman', about: 'mean rank correlation over HELP’s devices', from: 0.93 },
  { table: 'fbnet', probes: 10, field: 'eyeriss_spearman', about: 'rank correlation on eyeriss', from: 0.98 },
  { table: 'fbnet', probes: 5, field: 'eyeriss_spearman', about: 'rank correlation on eyeriss', from: 0.97 },
  ...(['nasbench201', 'fbnet'] as const).flatMap((table): Wanted[] => [
    { table, probes: 10, field: 'share_of_ceiling', about: 'share of what noise allows, on the worst unseen device', from: 0.95 },
    { table, probes: 10, field: 'worst_below_mean', about: 'worst seed below the mean, on the worst unseen device', from: 0, to: 0.1 },
    { table, probes: 10, field: 'coverage', about: 'share of networks within 90 % intervals', from: 0.85, to: 0.95 },
    {
      table,
      probes: 10,
      field: 'lost_by_a_fault',
      about: 'rank correlation lost by one faulty reading, on the worst unseen device',
      from: -1,
      to: 0.1,
    },
  ]),
];

export function deviceChecks(rows: ReadonlyMap<string, Row>): Check[] {
  return WANTED.map(({ table, probes, field, about, from, to }) => {
    const row = rowName(table, probes);
    const value = rows.get(row)?.fields[field];
    const name = `${table}, ${probes} probes: ${about}`;
    const target = to === undefined ? `>= ${from}` : from <= 0 ? `<= ${to}` : `${from} to ${to}`;
    if (typeof value !== 'number')
      return { name, value: null, unit: '', target, holds: 'not judged', reason: `row "${row}" was not measured` };
    return { name, value, unit: '', target, holds: value >= from && value <= (to ?? 1) };
  });
}
