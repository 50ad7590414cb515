import { readFile } from 'node:fs/promises';
import type { DatasetView, Health, ModelView, Operations } from '@fleetfit/api';
import { FleetError } from '@fleetfit/core';
import type { Store } from '@fleetfit/store';
import { type Changes, follow } from './changes.ts';
import { type DeviceOperationsOptions, deviceOperations } from './device-operations.ts';
import type { Evaluations } from './evaluate-original.ts';
import type { Library } from './library.ts';
import type { LibraryImages } from './library-images.ts';
import { type SweepOperationsOptions, sweepOperations } from './sweep-operations.ts';
import type { Uploads } from './uploads.ts';

export interface OperationsOptions extends DeviceOperationsOptions, SweepOperationsOptions {
  readonly store: Store;
  readonly library: Library;
  readonly images: LibraryImages;
  readonly uploads: Uploads;
  readonly evaluations: Evaluations;
  readonly changes: Changes;
  readonly health: () => Promise<Health>;
}

const MOST_TEXT = 1_000_000;

/** What people can ask of this coordinator: the port behind the API. */
export function makeOperations(options: OperationsOptions): Operations {
  const { store, library, images, uploads, changes } = options;

  const listModels = async (): Promise<ModelView[]> =>
    Promise.all((await store.models.list()).map(async ({ id }) => ({ ...(await library.viewModel(id)), layers: [] })));
  const listDatasets = async (): Promise<DatasetView[]> =>
    Promise.all((await store.datasets.list()).map(({ id }) => library.viewDataset(id)));

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
    adaptModel: (adaptation) => library.adapt(adaptation),
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
    ...sweepOperations(options),
  };
}

async function readSidecar(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new FleetError('not-found', `Cannot read the sidecar at ${path}`, { cause });
  });
  if (text.length > MOST_TEXT) throw new FleetError('invalid', `Cannot read the sidecar at ${path}: it has ${text.length} characters`);
  return text;
}
