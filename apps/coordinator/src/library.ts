import { existsSync } from 'node:fs';
import { basename, isAbsolute } from 'node:path';
import type { DatasetView, ImportState, ModelView, TrainingView } from '@fleetfit/api';
import { type DatasetId, datasetId, FleetError, type ModelId, modelId, workId } from '@fleetfit/core';
import type { ImportedModel, Trained } from '@fleetfit/protocol';
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
} from './stored.ts';
import type { Uploads } from './uploads.ts';
import { datasetView, modelView } from './view-library.ts';
import type { WorkDesk } from './work-desk.ts';
import { outputOf } from './work-outcome.ts';

export interface LibraryOptions {
  readonly store: Store;
  readonly work: WorkDesk;
  readonly changes: Changes;
  /** Files that were sent here go once they are imported. */
  readonly uploads: Pick<Uploads, 'forget'>;
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

interface ImportingDocument {
  readonly state: string;
  readonly why?: string;
  readonly next?: string;
  readonly examineOn?: string;
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
    await this.#options.work.order({
      id: workId(`model-${id}-importModel`),
      owner: { kind: 'model', model: id, ...(wanted.dataset !== undefined && { dataset: wanted.dataset }) },
      task: { $case: 'importModel', value: { path: wanted.path, sidecarJson: wanted.sidecar ?? '' } },
    });
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

  /** Trains a copy of a model on the classes of a dataset; it stands in the library at once, and is ready when the training is over. */
  async adapt(
    wanted: Omit<TrainingView, 'from' | 'figures'> & { readonly id: ModelId; readonly name?: string | undefined },
  ): Promise<ModelView> {
    const { store, work } = this.#options;
    const { id: from, dataset, settings } = wanted;
    const { row, document: original } = await this.model(from);
    const { index } = (await this.dataset(dataset)).document;
    if (!original.artifact || original.sidecar === undefined)
      throw new FleetError(
        'conflict',
        `Cannot adapt model "${from}": it is not imported yet, or nobody has said how its images are prepared`,
      );
    if (!index) throw new FleetError('conflict', `Cannot adapt model "${from}": dataset "${dataset}" is not imported yet`);
    const wish = wanted.name ?? `${row.name} for ${dataset}`;
    const { id: free, name } = await freeId(wish, (each) => store.models.get(modelId(each)), 'model');
    const id = modelId(free);
    const document: ModelDocument = { state: 'importing', path: '', training: { from, dataset, settings, figures: [] } };
    await store.models.insert({ id, name, createdAt: Date.now(), document });
    await work.order({
      id: workId(`model-${id}-train`),
      owner: { kind: 'model', model: id },
      task: {
        $case: 'train',
        value: { model: original.artifact, index, sidecarJson: original.sidecar, settingsJson: JSON.stringify(settings), threads: 0 },
      },
    });
    return this.viewModel(id);
  }

  /** Has the intake doctor look at a model on the images of a dataset, as soon as that is there. */
  async examine(id: ModelId, on: DatasetId): Promise<void> {
    const { document: brought } = await this.model(id);
    const { document: images } = await this.dataset(on);
    if (!brought.artifact || brought.state === 'importing' || brought.state === 'examining')
      throw new FleetError('conflict', `Cannot examine model "${id}": it is not imported yet, or being examined`);
    if (images.state === 'failed') throw new FleetError('conflict', `Cannot examine model "${id}": dataset "${on}" could not be imported`);
    await this.#changeModel(id, { state: 'examining', examineOn: on, examinations: (brought.examinations ?? 0) + 1 });
    await this.#askDoctor(id);
  }

  /** Uses another of the ways to prepare images that the doctor tried. */
  async prepareAs(id: ModelId, finding: number): Promise<void> {
    const { document } = await this.model(id);
    const { sidecar } = document.findings?.[finding] ?? {};
    if (sidecar === undefined)
      throw new FleetError('not-found', `Cannot prepare the images of model "${id}" so: the doctor did not try ${finding + 1} ways`);
    // What the original got right was found with the other way.
    await this.#changeModel(id, { sidecar: JSON.stringify(sidecar), prepared: finding, evaluations: [] });
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
    for (const { id, document } of await this.#options.store.models.list())
      if (parseModel(document).state === 'examining') await this.#askDoctor(id);
  }

  async viewModel(id: ModelId): Promise<ModelView> {
    const { row, document } = await this.model(id);
    return modelView(row, document, await this.#importState(document, `model-${id}-`));
  }

  async viewDataset(id: DatasetId): Promise<DatasetView> {
    const { row, document } = await this.dataset(id);
    return datasetView(row, document, await this.#importState(document, `dataset-${id}-`));
  }

  /** Orders the examination that a model waits for, once its images are there. Safe to say twice. */
  async #askDoctor(id: ModelId): Promise<void> {
    const { document } = await this.model(id);
    if (document.state !== 'examining' || document.examineOn === undefined || !document.artifact) return;
    const on = datasetId(document.examineOn);
    const { document: images } = await this.dataset(on);
    if (images.state === 'failed') return this.#undoctored(id, `dataset "${on}" could not be imported`);
    if (!images.index) return;
    await this.#options.work.order({
      id: workId(`model-${id}-examine-${on}-${document.examinations ?? 0}`),
      owner: { kind: 'model', model: id, dataset: on },
      task: { $case: 'examine', value: { model: document.artifact, index: images.index, limit: DOCTOR_IMAGES } },
    });
  }

  /** The doctor cannot say: what was used before is used on; a model that nobody knows how to feed says so. */
  async #undoctored(id: ModelId, why: string, next?: string): Promise<void> {
    const { document } = await this.model(id);
    const warnings = [`The intake doctor could not look: ${why}`];
    if (document.sidecar !== undefined) return this.#changeModel(id, { state: 'ready', warnings });
    return this.#changeModel(id, { state: 'failed', why, ...(next !== undefined && { next }) });
  }

  async #modelOver(id: ModelId, row: WorkRow, on: string | undefined): Promise<void> {
    const output = outputOf(row);
    const { document } = await this.model(id);
    if (output.$case === 'importedModel') return document.state === 'importing' ? this.#imported(id, output.value, on) : undefined;
    if (output.$case === 'trained' && document.state === 'importing') return this.#trained(id, document, output.value);
    if (document.state === 'importing') {
      await this.#changeModel(id, { state: 'failed', ...whyNot(output) });
      return this.#options.uploads.forget(document.path);
    }
    // Another examination than the one it waits for says nothing now.
    if (document.state !== 'examining' || (document.examineOn !== undefined && !row.id.endsWith(examinationOf(document)))) return;
    if (output.$case !== 'examined') {
      const { why, next } = whyNot(output);
      return this.#undoctored(id, why, next);
    }
    const findings = JSON.parse(output.value.findingsJson) as NonNullable<ModelDocument['findings']>;
    const at = row.endedAt ?? Date.now();
    return this.#changeModel(id, {
      state: 'ready',
      sidecar: output.value.sidecarJson,
      findings,
      prepared: 0,
      examined: { dataset: on ?? '', at, tookMs: at - (row.startedAt ?? at) },
      warnings: output.value.warnings,
      evaluations: [],
    });
  }

  async #trained(id: ModelId, { training }: ModelDocument, { model, figuresJson }: Trained): Promise<void> {
    const figures = JSON.parse(figuresJson) as TrainingView['figures'];
    if (training) await this.#changeModel(id, { training: { ...training, figures } });
    if (model) await this.#imported(id, model, undefined);
  }

  async #imported(id: ModelId, { artifact, factsJson, sidecarJson }: ImportedModel, on: string | undefined): Promise<void> {
    const facts = JSON.parse(factsJson) as ModelFacts;
    const doctor = sidecarJson === '' && on !== undefined;
    const sidecar = sidecarJson === '' ? {} : { sidecar: sidecarJson };
    const next = doctor ? { state: 'examining' as const, examineOn: on } : { state: 'ready' as const };
    await this.#options.uploads.forget((await this.model(id)).document.path);
    await this.#changeModel(id, { facts, ...(artifact && { artifact }), ...sidecar, ...next });
    if (doctor) await this.#askDoctor(id);
  }

  async #datasetOver(id: DatasetId, row: WorkRow): Promise<void> {
    const output = outputOf(row);
    const { document } = await this.dataset(id);
    if (document.state !== 'importing') return;
    const index = output.$case === 'importedDataset' ? output.value.index : undefined;
    if (output.$case === 'importedDataset' && index)
      await this.#changeDataset(id, { state: 'ready', index, facts: JSON.parse(output.value.factsJson) as DatasetFacts });
    else await this.#changeDataset(id, { state: 'failed', ...whyNot(output) });
    await this.#options.uploads.forget(document.path);
    for (const { id: model, document: waiting } of await this.#options.store.models.list())
      if (parseModel(waiting).examineOn === id) await this.#askDoctor(model);
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

  async #importState(of: ImportingDocument, prefix: string): Promise<ImportState> {
    const { store, work } = this.#options;
    if (of.state === 'ready') return { kind: 'ready' };
    if (of.state === 'failed') return { kind: 'failed', why: of.why ?? 'unknown', next: of.next ?? '' };
    const open = (await store.work.list({ states: ['ready', 'running'] })).find((each) => each.id.startsWith(prefix));
    const waits = of.examineOn === undefined ? '' : `waiting for the images of ${of.examineOn}`;
    return { kind: 'importing', done: open?.progress ?? 0, what: open ? work.saying(open.id) || 'waiting for a compressor' : waits };
  }
}

/** How the id of its examination ends. */
const examinationOf = ({ examineOn, examinations }: ModelDocument): string => `-examine-${examineOn}-${examinations ?? 0}`;

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
