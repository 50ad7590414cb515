import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type Api, apiAt, asked, type Fleet, startFleet } from '@fleetfit/cli';
import { sweepId } from '@fleetfit/core';
import { ExclusiveLock } from '@fleetfit/host';
import { openStore } from '@fleetfit/store';
import type { SweepSetup } from '@fleetfit/sweep';
import { bringInDrinks, finished, QUICK, startTestFleet } from '../test-fleet.ts';
import { type Seed, seedBooks } from './seed-books.ts';

/** A real coordinator over books in which one small sweep was run and others were seeded. */
export interface SeededFleet {
  readonly fleet: Fleet;
  readonly api: Api;
  readonly operator: string;
  /** The sweep that was run, and the seeded ones in the order of their seeds. */
  readonly ran: string;
  readonly seeded: readonly string[];
  close(): Promise<void>;
}

/** Runs a small sweep with one camera of this computer, stops, writes the seeds into the books, and starts again over them. */
export async function startSeededFleet(seeds: readonly Seed[], say: (line: string) => void = () => {}): Promise<SeededFleet> {
  const first = await startTestFleet();
  const { home, folder } = first;
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  try {
    say('Running a small sweep.');
    await bringInDrinks(first);
    const { id: ran } = await asked(first.api.sweeps.start.mutate({ ...QUICK, name: 'drinks on one camera' }));
    await finished(first.api, ran);
    await first.stop();
    const store = await openStore({
      folder: join(home, 'database'),
      worker: () => new Worker(fileURLToPath(new URL('../../../../apps/coordinator/dist/pglite-worker.js', import.meta.url))),
      lock: (path) => ExclusiveLock.take({ path, what: 'the books' }),
    });
    const seeded: string[] = [];
    try {
      const [opened] = await store.sweeps.read(sweepId(ran), 0, 1);
      if (!opened) throw new Error('the sweep that was run has no events');
      const { setup } = opened.body as { readonly setup: SweepSetup };
      for (const seed of seeds) {
        say(`Seeding ${seed.candidates} candidates on ${seed.devices.reduce((sum, count) => sum + count, 0)} devices.`);
        seeded.push(await seedBooks(store, seed, setup));
      }
    } finally {
      await store.close();
    }
    say('Starting over the seeded books.');
    const fleet = await startFleet({ home, port: 0, compressors: 0, say: () => {} });
    const { operator } = fleet.addresses;
    const close = async (): Promise<void> => {
      await fleet.stop();
      await remove();
    };
    return { fleet, api: apiAt(operator), operator, ran, seeded, close };
  } catch (thrown) {
    await first.stop().catch(() => {});
    await remove();
    throw thrown;
  }
}

/** A sweep in mid-air and a finished one, nine devices: what the pictures of the design show. */
export const SHELF_CAMERAS: Seed = {
  name: 'mobilenetv2 for shelf cameras',
  candidates: 60,
  over: 44,
  images: 5_000,
  devices: [3, 2, 4],
  everyMs: 52_000,
  finish: false,
};

/** As many candidates and devices as a page must bear. */
export const THOUSANDS: Seed = {
  name: 'ten thousand candidates',
  candidates: 10_000,
  over: 10_000,
  images: 200,
  devices: [400, 100, 500],
  everyMs: 1_000,
  finish: true,
  mostAttempts: 1_500,
};
