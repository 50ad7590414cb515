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

export interface LibraryOptions {
  readonly store: Store;
  readonly work: WorkDesk;
  readonly changes: Changes;
}

export interface NewModel {
  readonly path: string;
  readonly name?: string | undefined;
  /** JSON text. */
  readonly sidecar?: string | undefined;
  /** Images for the intake doctor, where there is no sidecar. */
  readonly dataset?: DatasetId | undefined;
}

export interface NewDataset {
  readonly path: string;
  readonly name?: string | undefined;
  readonly format?: string | undefined;
  readonly seed?: number | undefined;
  /** Of training, calibration, validation and test, summing to 1. */
  readonly shares?: readonly number[] | undefined;
}

interface Found<Id, Document> {
  readonly row: DocumentRow<Id>;
  readonly document: Document;
}

/** Training, calibration, validation, test. */
const SHARES: readonly number[] = [0.5, 0.1, 0.2, 0.2];
const DOCTOR_IMAGES = 200;

/** Models and datasets: brought in by work items, kept as documents, shown as views. */
export class Library {
  readonly #options: LibraryOptions;

  constructor(options: LibraryOptions) {
    this.#options = options;
  }

  async model(id: ModelId): Promise<Found<ModelId, ModelDocument>> {
    const row = await this.#options.store.models.get(id);
    if (!row) throw new FleetError('not-found', `Cannot find model "${id}"`, { next: 'add it with: fleetfit model add FILE.onnx' });
    return { row, document: parseModel(row.document) };
  }

  async dataset(id: DatasetId): Promise<Found<DatasetId, DatasetDocument>> {
    const row = await this.#options.store.datasets.get(id);
    if (!row) throw new FleetError('not-found', `Cannot find dataset "${id}"`, { next: 'add it with: fleetfit dataset add FOLDER' });
    return { row, document: parseDataset(row.document) };
  }

  async addModel(wanted: NewModel): Promise<ModelView> {
    const { store } = this.#options;
    checkPath(wanted.path, 'model');
    if (wanted.dataset !== undefined) await this.dataset(wanted.dataset);
    const wish = wanted.name ?? basename(wanted.path).replace(/\.onnx$/i, '');
    const { id: free, name } = await freeId(wish, (each) => store.models.get(modelId(each)), 'model');
    const id = modelId(free);
    const document: ModelDocument = { state: 'importing', path: wanted.path };
    await store.models.insert({ id, name, createdAt: Date.now(), document });
    await this.#orderForModel(
      id,
      { $case: 'importModel', value: { path: wanted.path, sidecarJson: wanted.sidecar ?? '' } },
      wanted.dataset,
    );
    return this.viewModel(id);
  }

  async addDataset(wanted: NewDataset): Promise<DatasetView> {
    const { store, work } = this.#options;
    checkPath(wanted.path, 'dataset');
    const wish = wanted.name ?? basename(wanted.path.replace(/\/+$/, ''));
    const { id: free, name } = await freeId(wish, (each) => store.datasets.get(datasetId(each)), 'dataset');
    const id = datasetId(free);
    const document: DatasetDocument = { state: 'importing', path: wanted.path };
    await store.datasets.insert({ id, name, createdAt: Date.now(), document });
    const shares = [...(wanted.shares ?? SHARES)];
    await work.order({
      id: workId(`dataset-${id}-importDataset`),
      owner: { kind: 'dataset', dataset: id },
      task: { $case: 'importDataset', value: { path: wanted.path, format: wanted.format ?? 'auto', seed: wanted.seed ?? 1, shares } },
    });
    return this.viewDataset(id);
  }

  /** Has the intake doctor look at a model on the images of a dataset. */
  async examine(id: ModelId, on: DatasetId): Promise<void> {
    const [{ document: brought }, { document: images }] = [await this.model(id), await this.dataset(on)];
    if (!brought.artifact || !images.index) {
      throw new FleetError('conflict', `Cannot examine model "${id}": it or dataset "${on}" is not imported yet`);
    }
    await this.#changeModel(id, { state: 'examining' });
    await this.#orderForModel(id, { $case: 'examine', value: { model: brought.artifact, index: images.index, limit: DOCTOR_IMAGES } }, on);
  }

  /** An import or examination is over. Safe to say twice. */
  async workOver(row: WorkRow): Promise<void> {
    const { owner } = parseWorkInput(row.input);
    if (owner.kind === 'model') await this.#modelOver(modelId(owner.model), row, owner.dataset);
    if (owner.kind === 'dataset') await this.#datasetOver(datasetId(owner.dataset), row);
  }

  /** Goes on with imports that were under way when the last process ended. */
  async restore(): Promise<void> {
    for (const row of await this.#options.store.work.list({ states: ['done', 'failed'] })) await this.workOver(row);
  }

  async viewModel(id: ModelId): Promise<ModelView> {
    const { row, document } = await this.model(id);
    const { facts } = document;
    return {
      id,
      name: row.name,
      addedAt: row.createdAt,
      state: await this.#importState(document, `model-${id}-`),
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
  }

  async viewDataset(id: DatasetId): Promise<DatasetView> {
    const { row, document } = await this.dataset(id);
    const { facts } = document;
    const state = await this.#importState(document, `dataset-${id}-`);
    return {
      id,
      name: row.name,
      addedAt: row.createdAt,
      state,
      classes: facts?.classes ?? [],
      images: facts?.images ?? 0,
      splits: facts?.splits,
    };
  }

  async #orderForModel(id: ModelId, task: Task, dataset: DatasetId | undefined): Promise<void> {
    const owner = { kind: 'model' as const, model: id, ...(dataset !== undefined && { dataset }) };
    await this.#options.work.order({ id: workId(`model-${id}-${task.$case}`), owner, task });
  }

  async #modelOver(id: ModelId, row: WorkRow, on: string | undefined): Promise<void> {
    const output = outputOf(row);
    const { document } = await this.model(id);
    if (document.state === 'ready' || document.state === 'failed') return;
    switch (output.$case) {
      case 'importedModel': {
        const { artifact, factsJson, sidecarJson } = output.value;
        const facts = JSON.parse(factsJson) as ModelFacts;
        const doctor = sidecarJson === '' && on !== undefined;
        const sidecar = sidecarJson === '' ? {} : { sidecar: sidecarJson };
        await this.#changeModel(id, { facts, ...(artifact && { artifact }), ...sidecar, ...(!doctor && { state: 'ready' }) });
        if (doctor) await this.examine(id, datasetId(on));
        return;
      }
      case 'examined': {
        const findings = JSON.parse(output.value.findingsJson) as NonNullable<ModelDocument['findings']>;
        return this.#changeModel(id, { sidecar: output.value.sidecarJson, findings, warnings: output.value.warnings, state: 'ready' });
      }
      default:
        return this.#changeModel(id, { state: 'failed', ...whyNot(output) });
    }
  }

  async #datasetOver(id: DatasetId, row: WorkRow): Promise<void> {
    const output = outputOf(row);
    if ((await this.dataset(id)).document.state !== 'importing') return;
    if (output.$case !== 'importedDataset' || !output.value.index) return this.#changeDataset(id, { state: 'failed', ...whyNot(output) });
    return this.#changeDataset(id, {
      state: 'ready',
      index: output.value.index,
      facts: JSON.parse(output.value.factsJson) as DatasetFacts,
    });
  }

  async #changeModel(id: ModelId, change: Partial<ModelDocument>): Promise<void> {
    const { row, document } = await this.model(id);
    await this.#options.store.models.put({ ...row, document: { ...document, ...change } });
    this.#options.changes.tell(`model ${id}`);
  }

  async #changeDataset(id: DatasetId, change: Partial<DatasetDocument>): Promise<void> {
    const { row, document } = await this.dataset(id);
    await this.#options.store.datasets.put({ ...row, document: { ...document, ...change } });
    this.#options.changes.tell(`dataset ${id}`);
  }

  async #importState(of: { readonly state: string; readonly why?: string; readonly next?: string }, prefix: string): Promise<ImportState> {
    const { store, work } = this.#options;
    if (of.state === 'ready') return { kind: 'ready' };
    if (of.state === 'failed') return { kind: 'failed', why: of.why ?? 'unknown', next: of.next ?? '' };
    const open = (await store.work.list({ states: ['ready', 'running'] })).find((each) => each.id.startsWith(prefix));
    return { kind: 'importing', done: open?.progress ?? 0, what: open ? work.saying(open.id) || 'waiting for a compressor' : '' };
  }
}

function whyNot(output: ReturnType<typeof outputOf>): { readonly why: string; readonly next?: string } {
  if (output.$case === 'failed') return { why: output.value.why, next: output.value.next };
  return { why: output.$case === 'refused' ? output.value.why : `the compressor answered "${output.$case}"` };
}

function checkPath(path: string, what: string): void {
  if (!isAbsolute(path))
    throw new FleetError('invalid', `Cannot add the ${what}: "${path}" is not an absolute path on the coordinator's machine`);
  if (!existsSync(path)) throw new FleetError('not-found', `Cannot add the ${what}: there is nothing at ${path}`);
}

/** An id from a name: readable, and numbered where it is taken, as the name is then: no two are called alike. */
async function freeId(
  name: string,
  taken: (id: string) => Promise<unknown>,
  fallback: string,
): Promise<{ readonly id: string; readonly name: string }> {
  const letters = name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const slug = letters.replace(/^-+/, '').slice(0, 40).replace(/-+$/, '') || fallback;
  for (let n = 1; ; n++) {
    const id = n === 1 ? slug : `${slug}-${n}`;
    if ((await taken(id)) === undefined) return { id, name: n === 1 ? name : `${name} (${n})` };
  }
}
