import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { asked } from '@fleetfit/cli';
import { FleetError, type SweepId, sweepId } from '@fleetfit/core';
import { bringInDrinks, startTestFleet, type TestFleet } from '@fleetfit/e2e/test-fleet';
import type { Store } from '@fleetfit/store';
import { atMost, type Bench, type Field, type RowContext } from './bench.ts';
import { type Measured, watchMeasuring } from './loop-watch.ts';
import { cpuMs } from './process-cpu.ts';
import { lengthOf, type Span, union, within, without } from './spans.ts';

const ROW = 'one device, one compressor';
/** Between two looks at the sweep: looking costs the coordinator CPU too. */
const LOOK_EVERY_MS = 2_000;

/**
 * The loop of a fleet, all of it real and on this computer: coordinator, nats-server, database, a compressor, an agent; the demo's model,
 * settings of measuring as people get them.
 *
 * **Idle** is a device from the moment that its measurement is over (its journal says that it is about to write the report) to the moment that the
 * next job is leased to it (`leasedAt` in the ledger). In between lie the report, its answer, and the question for work. Of this, the time counts in
 * which there was work for it (a job other than the one just measured, in the books and not over) and its computer was not taken by a compressor (no
 * work item between `startedAt` and `endedAt`). `idle_percent` is the share of idling in idling, starting and measuring together; waiting for the
 * compressor is in none of them. Starting (from the lease until the next model begins to load: tensors are fetched, a process is started) is work on
 * the candidate, not idling; `idle_or_starting_percent` counts it as if it were.
 *
 * CPU of the coordinator is that of its process, the threads of database and sampler with it, from the start of the sweep to its end, per job
 * done. Beside it stands the CPU that the device takes to measure one job. At 500 ms one core feeds ten devices that measure for five seconds a job.
 */
export const bench: Bench = {
  about: 'how long a device sits idle between two candidates while there is work, and what a job costs the coordinator',
  rows: [{ name: ROW, measure: measureLoop }],
  checks: (rows) => [
    atMost(rows, { name: 'a device idle between two candidates', row: ROW, field: 'idle_percent', unit: '%' }, 10),
    atMost(rows, { name: "coordinator's CPU per job", row: ROW, field: 'coordinator_cpu_ms', unit: 'ms' }, 500),
  ],
};

async function measureLoop({ quick, signal, say }: RowContext): Promise<Record<string, Field>> {
  requireBuilt();
  const candidates = quick ? 6 : 14;
  const fleet = await startTestFleet();
  const watch = watchMeasuring(join(fleet.folder, 'agent-0'));
  let closed = false;
  try {
    await bringInDrinks(fleet, 500);
    const before = cpuOf(fleet);
    const { id } = await asked(fleet.api.sweeps.start.mutate({ model: 'net', dataset: 'drinks', candidates, calibrationImages: 50 }));
    await over(fleet, id, { signal, say });
    const after = cpuOf(fleet);
    const measured = watch.stop();
    const books = await fleet.closeAndRead((store) => readBooks(store, sweepId(id)));
    closed = true;
    return { candidates, ...idling(measured, books), ...costs(before, after, books.jobs.length) };
  } finally {
    watch.stop();
    if (!closed) await fleet.close();
  }
}

/** The apps run as they are built; that they are built of the sources as they stand is up to the caller. */
function requireBuilt(): void {
  for (const app of ['coordinator', 'compressor', 'camera-agent']) {
    if (existsSync(fileURLToPath(import.meta.resolve(`@fleetfit/${app}/main`)))) continue;
    throw new FleetError('not-found', `Cannot measure the loop: the ${app} is not built`, { next: 'npm run build' });
  }
}

async function over({ api }: TestFleet, id: SweepId, { signal, say }: Pick<RowContext, 'signal' | 'say'>): Promise<void> {
  for (let said = 0; ; ) {
    const view = await asked(api.sweeps.show.query({ id }));
    const { measured, refused, failed, total } = view.progress;
    const done = measured + refused + failed;
    if (done > said) say(`${(said = done)} of ${total} candidates`);
    if (view.state === 'done') return;
    if (view.state === 'failed' || view.state === 'cancelled')
      throw new FleetError('unavailable', `Cannot measure the loop: the sweep is ${view.state}: ${view.why ?? ''}`);
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

interface Books {
  readonly jobs: readonly { readonly id: string; readonly there: Span; readonly reportedAt: number; readonly leasedAt: number }[];
  readonly compressing: readonly Span[];
}

async function readBooks(store: Store, id: SweepId): Promise<Books> {
  const jobs = await store.jobs.list({ sweepId: id });
  const work = await store.work.list({ states: ['done', 'failed'] });
  return {
    jobs: await Promise.all(
      jobs.map(async (job) => {
        const attempt = (await store.jobs.attemptsOf(job.id)).at(-1);
        const endedAt = job.endedAt ?? job.createdAt;
        return { id: job.id, there: [job.createdAt, endedAt] as const, reportedAt: endedAt, leasedAt: attempt?.leasedAt ?? job.createdAt };
      }),
    ),
    compressing: work.flatMap(({ startedAt, endedAt }) => (startedAt && endedAt ? [[startedAt, endedAt] as const] : [])),
  };
}

function idling(measured: readonly Measured[], { jobs, compressing }: Books): Record<string, Field> {
  const gaps = measured.slice(1).map((next, i) => gapBetween(measured[i] ?? next, next, { jobs, compressing }));
  const idle = sum(gaps.map((gap) => gap.idle));
  const starting = sum(gaps.map((gap) => gap.starting));
  const busy = sum(measured.map(({ begin, end }) => end - begin));
  return {
    jobs: jobs.length,
    measured: measured.length,
    idle_percent: (100 * idle) / (idle + starting + busy),
    idle_or_starting_percent: (100 * (idle + starting)) / (idle + starting + busy),
    measuring_ms: median(measured.map(({ begin, end }) => end - begin)),
    report_ms: median(gaps.map((gap) => gap.reporting)),
    idle_ms: median(gaps.map((gap) => gap.idle)),
    starting_ms: median(gaps.map((gap) => gap.starting)),
    idles_ms: gaps.map((gap) => gap.idle),
    startings_ms: gaps.map((gap) => gap.starting),
    gaps_ms: gaps.map((gap) => gap.whole),
  };
}

/** What lies between two measurements of a device, ms. */
function gapBetween(last: Measured, next: Measured, { jobs, compressing }: Books) {
  const leasedAt = jobs.find((job) => job.id === next.job)?.leasedAt ?? next.begin;
  const reportedAt = jobs.find((job) => job.id === last.job)?.reportedAt ?? last.end;
  const wanted = union(jobs.filter((job) => job.id !== last.job).map((job) => job.there));
  const idle = without(within(wanted, [last.end, leasedAt]), union(compressing));
  return { whole: next.begin - last.end, reporting: reportedAt - last.end, idle: lengthOf(idle), starting: next.begin - leasedAt };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

interface Cpu {
  readonly coordinator: number;
  readonly nats: number;
  readonly agent: number;
}

const cpuOf = (fleet: TestFleet): Cpu => ({
  coordinator: cpuMs(fleet.coordinator.pid()),
  nats: cpuMs(fleet.natsPid()),
  agent: cpuMs(fleet.agents[0]?.pid() ?? 0),
});

function costs(before: Cpu, after: Cpu, jobs: number): Record<string, Field> {
  const each = (key: keyof Cpu): number => (after[key] - before[key]) / jobs;
  return {
    coordinator_cpu_ms: each('coordinator'),
    nats_cpu_ms: each('nats'),
    measuring_cpu_ms: each('agent'),
    cpu_percent_of_measuring: (100 * each('coordinator')) / each('agent'),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
