import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type Api, apiAt, asked, type Fleet, type Supervised, startFleet } from '@fleetfit/cli';
import { writeDataset } from '@fleetfit/demo';
import { ExclusiveLock } from '@fleetfit/host';
import type { SweepDefinitionInput } from '@fleetfit/space';
import { openStore, type Store } from '@fleetfit/store';
import type { SweepView } from '@fleetfit/sweep';

export const DRINKS = fileURLToPath(import.meta.resolve('@fleetfit/demo/drinks.onnx'));

/** Everything real, on this computer, in a folder of its own: what people run, with shorter waits. */
export interface TestFleet extends Fleet {
  readonly api: Api;
  readonly folder: string;
  readonly home: string;
  readonly agents: readonly Supervised[];
  natsPid(): number;
  /** Stops everything and hands the books out, opened. */
  closeAndRead<Answer>(read: (store: Store) => Promise<Answer>): Promise<Answer>;
  close(): Promise<void>;
}

export async function startTestFleet({
  agents: threads = [1],
  compressors = 1,
}: {
  agents?: readonly number[];
  compressors?: number;
} = {}): Promise<TestFleet> {
  const folder = await mkdtemp(join(tmpdir(), 'fleetfit-e2e-'));
  const home = join(folder, 'home');
  const fleet = await startFleet({ home, port: 0, compressors, workSilenceMs: 3_000, say: () => {} });
  const api = apiAt(fleet.addresses.operator);
  const agents: Supervised[] = [];
  for (const [i, each] of threads.entries()) {
    const { link } = await asked(api.devices.invite.mutate({ uses: 1, minutes: 5, autoApprove: true }));
    const agent = fleet.startAgent({ home: join(folder, `agent-${i}`), link, threads: each, name: `camera ${i + 1}` });
    await agent.firstReady;
    agents.push(agent);
  }
  const close = async (): Promise<void> => {
    await fleet.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  return {
    ...fleet,
    api,
    folder,
    home,
    agents,
    natsPid: () => pidOf(join(home, 'nats', 'nats-server.conf')),
    close,
    async closeAndRead(read) {
      await fleet.stop();
      const store = await openBooks(home);
      try {
        return await read(store);
      } finally {
        await store.close();
        await close();
      }
    },
  };
}

/** The process whose command line names this file. */
function pidOf(file: string): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = pids.find((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(file);
    } catch {
      return false; // it has just ended
    }
  });
  if (found === undefined) throw new Error(`no process was started with ${file}`);
  return Number(found);
}

function openBooks(home: string): Promise<Store> {
  const worker = fileURLToPath(new URL('../../../apps/coordinator/dist/pglite-worker.js', import.meta.url));
  return openStore({
    folder: join(home, 'database'),
    worker: () => new Worker(worker),
    lock: (path) => ExclusiveLock.take({ path, what: 'the books' }),
  });
}

/** Draws drinks and brings them in with their model. */
export async function bringInDrinks({ api, folder }: TestFleet, count = 160): Promise<void> {
  await writeDataset({ out: join(folder, 'drinks'), count, seed: 'e2e' });
  await asked(api.datasets.add.mutate({ path: join(folder, 'drinks'), name: 'drinks' }));
  await asked(api.models.add.mutate({ path: DRINKS, name: 'net' }));
  await until('the imports', async () => {
    const [dataset] = await asked(api.datasets.list.query());
    const [model] = await asked(api.models.list.query());
    if (model?.state.kind === 'failed') throw new Error(model.state.why);
    if (dataset?.state.kind === 'failed') throw new Error(dataset.state.why);
    return dataset?.state.kind === 'ready' && model?.state.kind === 'ready';
  });
}

/** A sweep that is over soon: short blocks, short leases. */
export const QUICK: SweepDefinitionInput = {
  model: 'net',
  dataset: 'drinks',
  candidates: 3,
  calibrationImages: 16,
  measure: { blocks: 2, blockMs: 20, warmUpMs: 50 },
  fleet: { leaseMs: 3_000, heartbeatMs: 300, pollMs: 2_000, attempts: 5 },
};

/** Asks again until it holds; a coordinator that starts again in between is waited for. */
export async function until(what: string, holds: () => Promise<boolean | undefined>, withinMs = 120_000): Promise<void> {
  const end = Date.now() + withinMs;
  let last: unknown;
  while (Date.now() < end) {
    try {
      if (await holds()) return;
      last = undefined;
    } catch (thrown) {
      last = thrown;
    }
    await sleep(150);
  }
  throw new Error(`Waited too long for ${what}${last instanceof Error ? `: ${last.message}` : ''}`, { cause: last });
}

/** Waits until a sweep is over. */
export async function finished(api: Api, id: string, withinMs?: number): Promise<SweepView> {
  let view: SweepView | undefined;
  await until(
    `sweep ${id}`,
    async () => {
      view = await asked(api.sweeps.show.query({ id }));
      return ['done', 'failed', 'cancelled'].includes(view.state);
    },
    withinMs,
  );
  if (!view) throw new Error('there is no view');
  return view;
}
