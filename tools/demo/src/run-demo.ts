import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ImportState } from '@fleetfit/api';
import {
  type Api,
  apiAt,
  asked,
  exportSweep,
  type Fleet,
  followSweep,
  type Paint,
  renderFront,
  renderResult,
  startFleet,
} from '@fleetfit/cli';
import { FleetError } from '@fleetfit/core';
import type { SweepView } from '@fleetfit/sweep';
import { type DemoPhone, openPhone } from './open-phone.ts';
import { writeDataset } from './write-dataset.ts';

export interface DemoOptions {
  /** Candidates besides the original. */
  readonly candidates: number;
  /** Pictures to draw, for all splits together. */
  readonly images: number;
  /** Where the winners are written. */
  readonly out: string;
  /** The front as JSON. */
  readonly json?: string;
  /** Keep everything running until the signal. */
  readonly stay: boolean;
  /** A phone agent in a Chromium measures too. */
  readonly phone: boolean;
  /** Of the dashboard; 0: the system chooses. */
  readonly port: number;
  readonly paint: Paint;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

const MODEL = fileURLToPath(new URL('../model/drinks.onnx', import.meta.url));

/**
 * The main job, whole and small: draws drinks, starts everything, lets two agents of this computer in, sweeps, and writes the winner of each class.
 * All in a folder of its own, which is gone afterwards.
 */
export async function runDemo(options: DemoOptions): Promise<SweepView> {
  const { say, paint, signal, stay } = options;
  const folder = await mkdtemp(join(tmpdir(), 'fleetfit-demo-'));
  let fleet: Fleet | undefined;
  let phone: DemoPhone | undefined;
  try {
    say(`${paint.bold('1')}  Drawing ${options.images} pictures of drinks.`);
    await writeDataset({ out: join(folder, 'drinks'), count: options.images, seed: 'demo', signal });
    say(`${paint.bold('2')}  Starting coordinator, message server, database and a compressor.`);
    fleet = await startFleet({
      home: join(folder, 'home'),
      port: options.port,
      compressors: 1,
      say: (sentence) => say(`   ${paint.dim(sentence)}`),
    });
    const { operator } = fleet.addresses;
    const api = apiAt(operator);
    say(`   Dashboard: ${paint.accent(operator)}`);
    say(`${paint.bold('3')}  Letting two agents in: two classes of device, 1 and 2 threads.`);
    await enrol(fleet, api, folder);
    if (options.phone) phone = await enrolPhone(api, options);
    say(`${paint.bold('4')}  Bringing in the pictures and a small residual network that knows them.`);
    await bringIn(api, folder, signal);
    say(`${paint.bold('5')}  Sweeping.`);
    const view = await sweep(api, options);
    await show(view, { api, operator, options });
    if (stay) await staying(options, operator);
    return view;
  } finally {
    await phone?.close();
    await fleet?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function enrol(fleet: Fleet, api: Api, folder: string): Promise<void> {
  for (const threads of [1, 2]) {
    const { link } = await asked(api.devices.invite.mutate({ uses: 1, minutes: 5, autoApprove: true }));
    const name = threads === 1 ? 'shelf camera' : 'door camera';
    await fleet.startAgent({ home: join(folder, `agent-${threads}`), link, threads, name }).firstReady;
  }
}

async function enrolPhone(api: Api, { say, paint, signal }: DemoOptions): Promise<DemoPhone> {
  say('   And a phone: its agent is a web page, here in a Chromium, opened by the link of its QR code.');
  const { phoneLink } = await asked(api.devices.invite.mutate({ uses: 1, minutes: 5, autoApprove: true }));
  return openPhone({ link: phoneLink, name: 'phone on the bar', say: (sentence) => say(`   ${paint.dim(sentence)}`), signal });
}

async function bringIn(api: Api, folder: string, signal: AbortSignal): Promise<void> {
  const dataset = await asked(api.datasets.add.mutate({ path: join(folder, 'drinks'), name: 'drinks' }));
  const model = await asked(api.models.add.mutate({ path: MODEL, name: 'drinks-net' }));
  await imported(async () => (await asked(api.datasets.list.query())).find((each) => each.id === dataset.id)?.state, signal);
  await imported(async () => (await asked(api.models.show.query({ id: model.id }))).state, signal);
}

async function imported(look: () => Promise<ImportState | undefined>, signal: AbortSignal): Promise<void> {
  for (;;) {
    const state = await look();
    if (state?.kind === 'ready') return;
    if (state?.kind === 'failed') throw new FleetError('invalid', state.why, state.next === '' ? {} : { next: state.next });
    await sleep(200, undefined, { signal });
  }
}

async function sweep(api: Api, { candidates, phone, paint, signal, say }: DemoOptions): Promise<SweepView> {
  const started = await asked(
    api.sweeps.start.mutate({
      name: phone ? 'drinks on two cameras and a phone' : 'drinks on two cameras',
      model: 'drinks-net',
      dataset: 'drinks',
      candidates,
      calibrationImages: 100,
      // Short blocks: a demo. The report of every attempt says so.
      measure: { blocks: 16, blockMs: 30, warmUpMs: 200 },
      fleet: { leaseMs: 20_000, heartbeatMs: 1_000, pollMs: 10_000 },
    }),
  );
  say(`   ${started.goal}`);
  return followSweep(api, started.id, { paint, quiet: false, signal });
}

async function show(view: SweepView, { api, operator, options }: { api: Api; operator: string; options: DemoOptions }): Promise<void> {
  const { say, paint, json, out } = options;
  say('');
  // A file or a pipe has no width: nothing is cut there.
  const width = process.stdout.columns ?? 200;
  for (const line of [...renderFront(view, { paint, width }), ...renderResult(view, { paint, width })]) say(line);
  if (view.state !== 'done')
    throw new FleetError('unavailable', `The sweep is ${view.state}${view.why === undefined ? '' : `: ${view.why}`}`);
  const files = await exportSweep({ sweep: view.id, folder: resolve(out) }, { api: () => api, address: () => operator });
  for (const each of files) say(`  ${each.file}   ${paint.dim(`${each.candidate} for ${each.classLabel}`)}`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify(frontOf(view), undefined, 2)}\n`);
}

/** The front of every class, for programs. */
function frontOf(view: SweepView) {
  return {
    sweep: view.name,
    goal: view.goal,
    progress: view.progress,
    classes: view.classes.map((each) => ({
      ...each,
      front: each.front.map((id) => {
        const candidate = view.candidates.find((one) => one.id === id);
        return {
          id,
          recipe: candidate?.recipe,
          sentence: candidate?.sentence,
          bytes: candidate?.bytes,
          ...candidate?.classes.find((one) => one.id === each.id),
        };
      }),
    })),
    candidates: view.candidates,
  };
}

async function staying({ say, paint, signal }: DemoOptions, operator: string): Promise<void> {
  say('');
  say(`Still up: ${paint.accent(operator)}   Ctrl-C ends it.`);
  await sleep(2 ** 30, undefined, { signal }).catch(() => {});
}
