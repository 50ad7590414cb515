import { existsSync } from 'node:fs';
import { basename, isAbsolute } from 'node:path';
import type { DatasetView, ImportState, ModelView } from '@fleetfit/api';
import { type DatasetId, datasetId, FleetError, type ModelId, modelId, workId } from '@fleetfit/core';
import type { DocumentRow, Store, WorkRow } from '@fleetfit/store';
import type { Changes } from './changes.ts';
import {
  type DatasetDocument,
  type DatasetFacts,
  type ModelDocument,
  type ModelFacts,
  parseDataset,
  parseModel,
  parseWorkInput,
  type Task,
} from './stored.ts';
import type { WorkDesk } from './work-desk.ts';
import { outputOf } from './work-outcome.ts';

export interface Library {
  addModel(wanted: {
    readonly path: string;
    readonly name?: string | undefined;
    readonly sidecar?: string | undefined;
    readonly dataset?: DatasetId | undefined;
  }): Promise<ModelView>;
  addDataset(wanted: {
    readonly path: string;
    readonly name?: string | undefined;
    readonly format?: string | undefined;
    readonly seed?: number | undefined;
  }): Promise<DatasetView>;
  model(id: ModelId): Promise<{ readonly row: DocumentRow<ModelId>; readonly document: ModelDocument }>;
  dataset(id: DatasetId): Promise<{ readonly row: DocumentRow<DatasetId>; readonly document: DatasetDocument }>;
  viewModel(id: ModelId): Promise<ModelView>;
  viewDataset(id: DatasetId): Promise<DatasetView>;
  /** Has the intake doctor look at a model on the images of a dataset. */
  examine(id: ModelId, dataset: DatasetId): Promise<void>;
  /** An import or examination is over. Safe to say twice. */
  workOver(row: WorkRow): Promise<void>;
  /** Goes on with imports that were under way when the last process ended. */
  restore(): Promise<void>;
}

export interface LibraryOptions {
  readonly store: Store;
  readonly work: WorkDesk;
  readonly changes: Changes;
}

/** Training, calibration, validation, test. */
const SHARES = [0.5, 0.1, 0.2, 0.2];
const DOCTOR_IMAGES = 200;

/** Models and datasets: brought in by work items, kept as documents, shown as views. */
export function openLibrary({ store, work, changes }: LibraryOptions): Library {
  const model = async (id: ModelId) => {
    const row = await store.models.get(id);
    if (!row) throw new FleetError('not-found', `Cannot find model "${id}"`, { next: 'add it with: fleetfit model add FILE.onnx' });
    return { row, document: parseModel(row.document) };
  };
  const dataset = async (id: DatasetId) => {
    const row = await store.datasets.get(id);
    if (!row) throw new FleetError('not-found', `Cannot find dataset "${id}"`, { next: 'add it with: fleetfit dataset add FOLDER' });
    return { row, document: parseDataset(row.document) };
  };
  const changeModel = async (id: ModelId, change: Partial<ModelDocument>) => {
    const { row, document } = await model(id);
    await store.models.put({ ...row, document: { ...document, ...change } });
    changes.tell(`model ${id}`);
  };
  const changeDataset = async (id: DatasetId, change: Partial<DatasetDocument>) => {
    const { row, document } = await dataset(id);
    await store.datasets.put({ ...row, document: { ...document, ...change } });
    changes.tell(`dataset ${id}`);
  };
  const order = (kind: 'model' | 'dataset', id: string, task: Task, dataset?: string) =>
    work.order({
      id: workId(`${kind}-${id}-${task.$case}`),
      owner: kind === 'model' ? { kind, model: id, ...(dataset !== undefined && { dataset }) } : { kind, dataset: id },
      task,
    });

  async function examine(id: ModelId, on: DatasetId): Promise<void> {
    const [{ document: brought }, { document: images }] = [await model(id), await dataset(on)];
    if (!brought.artifact || !images.index)
      throw new FleetError('conflict', `Cannot examine model "${id}": it or dataset "${on}" is not imported yet`);
    await changeModel(id, { state: 'examining' });
    await order('model', id, { $case: 'examine', value: { model: brought.artifact, index: images.index, limit: DOCTOR_IMAGES } }, on);
  }

  async function modelOver(id: ModelId, row: WorkRow): Promise<void> {
    const output = outputOf(row);
    const { owner } = parseWorkInput(row.input);
    const on = owner.kind === 'model' ? owner.dataset : undefined;
    const { document } = await model(id);
    if (document.state === 'ready' || document.state === 'failed') return;
    switch (output.$case) {
      case 'importedModel': {
        const facts = JSON.parse(output.value.factsJson) as ModelFacts;
        const sidecar = output.value.sidecarJson;
        await changeModel(id, {
          facts,
          ...(output.value.artifact && { artifact: output.value.artifact }),
          ...(sidecar !== '' && { sidecar }),
          state: 'ready',
        });
        if (sidecar === '' && on !== undefined) await examine(id, datasetId(on));
        return;
      }
      case 'examined': {
        const findings = JSON.parse(output.value.findingsJson) as NonNullable<ModelDocument['findings']>;
        return changeModel(id, { sidecar: output.value.sidecarJson, findings, warnings: output.value.warnings, state: 'ready' });
      }
      case 'refused':
        return changeModel(id, { state: 'failed', why: output.value.why });
      case 'failed':
        return changeModel(id, { state: 'failed', why: output.value.why, next: output.value.next });
      default:
        return changeModel(id, { state: 'failed', why: `the compressor answered "${output.$case}"` });
    }
  }

  async function datasetOver(id: DatasetId, row: WorkRow): Promise<void> {
    const output = outputOf(row);
    if ((await dataset(id)).document.state !== 'importing') return;
    if (output.$case === 'importedDataset' && output.value.index) {
      return changeDataset(id, { state: 'ready', index: output.value.index, facts: JSON.parse(output.value.factsJson) as DatasetFacts });
    }
    const why = output.$case === 'refused' || output.$case === 'failed' ? output.value.why : `the compressor answered "${output.$case}"`;
    return changeDataset(id, { state: 'failed', why, next: output.$case === 'failed' ? output.value.next : '' });
  }

  async function importState(of: { state: string; why?: string; next?: string }, prefix: string): Promise<ImportState> {
    if (of.state === 'ready') return { kind: 'ready' };
    if (of.state === 'failed') return { kind: 'failed', why: of.why ?? 'unknown', next: of.next ?? '' };
    const open = (await store.work.list({ states: ['ready', 'running'] })).find((each) => each.id.startsWith(prefix));
    return { kind: 'importing', done: open?.progress ?? 0, what: open ? work.saying(open.id) || 'waiting for a compressor' : '' };
  }

  const viewModel = async (id: ModelId): Promise<ModelView> => {
    const { row, document } = await model(id);
    const { facts } = document;
    return {
      id,
      name: row.name,
      addedAt: row.createdAt,
      state: await importState(document, `model-${id}-`),
      bytes: facts?.bytes,
      parameters: facts?.parameters,
      opset: facts?.opset,
      inputs: facts?.inputs ?? [],
      outputs: facts?.outputs ?? [],
      operators: facts?.operators ?? [],
      sidecar: document.sidecar === undefined ? undefined : (JSON.parse(document.sidecar) as unknown),
      findings: document.findings ?? [],
      warnings: document.warnings ?? [],
      evaluations: document.evaluations ?? [],
    };
  };

  const viewDataset = async (id: DatasetId): Promise<DatasetView> => {
    const { row, document } = await dataset(id);
    const { facts } = document;
    const state = await importState(document, `dataset-${id}-`);
    return {
      id,
      name: row.name,
      addedAt: row.createdAt,
      state,
      classes: facts?.classes ?? [],
      images: facts?.images ?? 0,
      splits: facts?.splits,
    };
  };

  async function workOver(row: WorkRow): Promise<void> {
    const { owner } = parseWorkInput(row.input);
    if (owner.kind === 'model') await modelOver(modelId(owner.model), row);
    if (owner.kind === 'dataset') await datasetOver(datasetId(owner.dataset), row);
  }

  return {
    model,
    dataset,
    viewModel,
    viewDataset,
    examine,
    workOver,
    async addModel(wanted) {
      checkPath(wanted.path, 'model');
      if (wanted.dataset !== undefined) await dataset(wanted.dataset);
      const name = wanted.name ?? basename(wanted.path).replace(/\.onnx$/i, '');
      const id = await freeId(name, (each) => store.models.get(modelId(each)), 'model');
      const document: ModelDocument = { state: 'importing', path: wanted.path };
      await store.models.insert({ id: modelId(id), name, createdAt: Date.now(), document });
      await order('model', id, { $case: 'importModel', value: { path: wanted.path, sidecarJson: wanted.sidecar ?? '' } }, wanted.dataset);
      return viewModel(modelId(id));
    },
    async addDataset(wanted) {
      checkPath(wanted.path, 'dataset');
      const name = wanted.name ?? basename(wanted.path.replace(/\/+$/, ''));
      const id = await freeId(name, (each) => store.datasets.get(datasetId(each)), 'dataset');
      const document: DatasetDocument = { state: 'importing', path: wanted.path };
      await store.datasets.insert({ id: datasetId(id), name, createdAt: Date.now(), document });
      await order('dataset', id, {
        $case: 'importDataset',
        value: { path: wanted.path, format: wanted.format ?? 'auto', seed: wanted.seed ?? 1, shares: SHARES },
      });
      return viewDataset(datasetId(id));
    },
    async restore() {
      for (const row of await store.work.list({ states: ['done', 'failed'] })) await workOver(row);
    },
  };
}

function checkPath(path: string, what: string): void {
  if (!isAbsolute(path))
    throw new FleetError('invalid', `Cannot add the ${what}: "${path}" is not an absolute path on the coordinator's machine`);
  if (!existsSync(path)) throw new FleetError('not-found', `Cannot add the ${what}: there is nothing at ${path}`);
}

/** An id from a name: readable, and numbered where it is taken. */
async function freeId(name: string, taken: (id: string) => Promise<unknown>, fallback: string): Promise<string> {
  const slug =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 40)
      .replace(/-+$/, '') || fallback;
  for (let n = 1; ; n++) {
    const id = n === 1 ? slug : `${slug}-${n}`;
    if ((await taken(id)) === undefined) return id;
  }
}
