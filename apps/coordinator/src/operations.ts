import { readFile } from 'node:fs/promises';
import type { DatasetView, Health, ModelView, Operations } from '@fleetfit/api';
import { FleetError, type SweepId, sweepId } from '@fleetfit/core';
import type { Store } from '@fleetfit/store';
import { type SweepRow, type SweepView, viewSweep } from '@fleetfit/sweep';
import { type Changes, follow } from './changes.ts';
import { type DeviceOperationsOptions, deviceOperations } from './device-operations.ts';
import type { Evaluations } from './evaluate-original.ts';
import { listExports } from './export-winner.ts';
import type { Library } from './library.ts';
import type { LibraryImages } from './library-images.ts';
import { openSetup } from './open-setup.ts';
import { parseWorkInput } from './stored.ts';
import type { SweepRunner } from './sweep-runner.ts';
import type { Uploads } from './uploads.ts';

export interface OperationsOptions extends DeviceOperationsOptions {
  readonly store: Store;
  readonly library: Library;
  readonly images: LibraryImages;
  readonly uploads: Uploads;
  readonly sweeps: SweepRunner;
  readonly evaluations: Evaluations;
  readonly changes: Changes;
  readonly health: () => Promise<Health>;
}

const MOST_TEXT = 1_000_000;

/** What people can ask of this coordinator: the port behind the API. */
export function makeOperations(options: OperationsOptions): Operations {
  const { store, library, images, uploads, sweeps, changes } = options;
  const now = (): number => Date.now();

  const listModels = async (): Promise<ModelView[]> =>
    Promise.all((await store.models.list()).map(async ({ id }) => ({ ...(await library.viewModel(id)), layers: [] })));
  const listDatasets = async (): Promise<DatasetView[]> =>
    Promise.all((await store.datasets.list()).map(({ id }) => library.viewDataset(id)));
  const showSweep = (id: SweepId): Promise<SweepView> => viewOf(options, id);

  return {
    health: options.health,
    ...deviceOperations(options),
    listModels,
    showModel: (id) => library.viewModel(id),
    async addModel({ path, name, sidecarPath, dataset }) {
      const sidecar = sidecarPath === undefined ? undefined : await readSidecar(sidecarPath);
      return library.addModel({ path, name, sidecar, dataset });
    },
    async addUploadedModel({ upload, name, dataset }) {
      const found = await uploads.claim(upload);
      return library.addModel({ path: found.path, name: name ?? found.name, dataset });
    },
    examineModel: (id, dataset) => library.examine(id, dataset),
    prepareModelAs: (id, finding) => library.prepareAs(id, finding),
    evaluateModel: (id, on) => options.evaluations.order(id, on),
    watchModel: (id, signal) => follow(changes, `model ${id}`, { signal, make: () => library.viewModel(id) }),
    listDatasets,
    addDataset: (wanted) => library.addDataset(wanted),
    async addUploadedDataset({ upload, name }) {
      const found = await uploads.claim(upload);
      return library.addDataset({ path: found.path, name: name ?? found.name });
    },
    samplesOf: (id, page) => images.samples(id, page),
    watchDataset: (id, signal) => follow(changes, `dataset ${id}`, { signal, make: () => library.viewDataset(id) }),
    listSweeps: () => listRows(options),
    watchSweeps: (signal) => follow(changes, 'sweeps', { signal, make: () => listRows(options) }),
    showSweep,
    watchSweep: (id, signal) => follow(changes, `sweep ${id}`, { signal, make: () => showSweep(id) }),
    async startSweep(input) {
      const setup = await openSetup(input, { library, store });
      const row = await store.sweeps.insert({
        id: (number) => sweepId(`s${number}`),
        definition: setup.definition,
        state: 'running',
        createdAt: now(),
      });
      await sweeps.open(row.id, setup);
      return showSweep(row.id);
    },
    pauseSweep: (id) => append(sweeps, id, { kind: 'paused', at: now() }),
    resumeSweep: (id) => append(sweeps, id, { kind: 'resumed', at: now() }),
    extendSweep: (id, by) => append(sweeps, id, { kind: 'extended', by, at: now() }),
    cancelSweep: (id) => append(sweeps, id, { kind: 'cancelled', at: now() }),
    exportsOf: async (id) => listExports(sweeps.state(id)),
  };
}

async function append(sweeps: SweepRunner, id: SweepId, event: Parameters<SweepRunner['append']>[1][number]): Promise<void> {
  const state = sweeps.state(id);
  if (state.ended)
    throw new FleetError('conflict', `Cannot change sweep ${id}: it is ${state.ended}`, {
      next: 'start a new one with: fleetfit sweep run',
    });
  await sweeps.append(id, [event]);
}

async function readSidecar(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new FleetError('not-found', `Cannot read the sidecar at ${path}`, { cause });
  });
  if (text.length > MOST_TEXT) throw new FleetError('invalid', `Cannot read the sidecar at ${path}: it has ${text.length} characters`);
  return text;
}

async function viewOf({ store, sweeps }: OperationsOptions, id: SweepId): Promise<SweepView> {
  const state = sweeps.state(id);
  const row = await store.sweeps.get(id);
  const measuring = (await store.jobs.list({ sweepId: id, states: ['leased'] })).map(({ candidateId, classId }) => ({
    candidate: candidateId,
    classId,
  }));
  const running = await store.work.list({ states: ['running'], kind: 'compress' });
  const compressing = running.flatMap(({ input }) => {
    const { owner } = parseWorkInput(input);
    return owner.kind === 'sweep' && owner.sweep === id && owner.candidate !== undefined ? [owner.candidate] : [];
  });
  return viewSweep(state, { number: row?.number ?? 0, now: Date.now(), measuring, compressing });
}

async function listRows(options: OperationsOptions): Promise<SweepRow[]> {
  const views = await Promise.all(options.sweeps.states().map(({ id }) => viewOf(options, id)));
  return views
    .map(({ id, number, name, state, model, dataset, progress }) => ({
      id,
      number,
      name,
      state,
      model: model.name,
      dataset: dataset.name,
      done: progress.measured + progress.refused + progress.failed,
      total: progress.total,
      startedAt: progress.startedAt,
      endedAt: progress.endedAt,
    }))
    .sort((a, b) => b.number - a.number);
}
