import { createHash } from 'node:crypto';
import { type DatasetId, FleetError, type ModelId, modelId, workId } from '@fleetfit/core';
import type { Store, WorkRow } from '@fleetfit/store';
import { geometryOf, parseSidecar, preparationOf } from '@fleetfit/vision';
import type { Changes } from './changes.ts';
import { type Evaluation, type ModelDocument, parseDataset, parseModel, parseWorkInput } from './stored.ts';
import type { WorkDesk } from './work-desk.ts';
import { outputOf } from './work-outcome.ts';

type EvaluatedSplit = Evaluation['split'];

export interface Evaluations {
  /** Has a compressor run the original on every image of a split; the figure appears in the model's view. Asking again is free. */
  order(model: ModelId, on: { readonly dataset: DatasetId; readonly split: EvaluatedSplit }): Promise<void>;
  /** A step is over: the images are prepared, or the model has answered. Safe to say twice. */
  workOver(row: WorkRow): Promise<void>;
}

const TOP = 5;
const MOST_IMAGES = 100_000;

/** The accuracy of original models, apart from any sweep: the figure to compare with what the model's page promises. */
export function openEvaluations({
  store,
  work,
  changes,
}: {
  readonly store: Store;
  readonly work: WorkDesk;
  readonly changes: Changes;
}): Evaluations {
  async function modelOf(id: ModelId) {
    const row = await store.models.get(id);
    if (!row) throw new FleetError('not-found', `Cannot evaluate model "${id}": there is none of that name`);
    return { row, document: parseModel(row.document) };
  }

  async function keep(id: ModelId, evaluation: Evaluation): Promise<void> {
    const { row, document } = await modelOf(id);
    const others = (document.evaluations ?? []).filter((each) => each.dataset !== evaluation.dataset || each.split !== evaluation.split);
    const changed: ModelDocument = { ...document, evaluations: [...others, evaluation] };
    await store.models.put({ ...row, document: changed });
    changes.tell(`model ${id}`);
  }

  async function order(id: ModelId, { dataset, split }: { dataset: DatasetId; split: EvaluatedSplit }): Promise<void> {
    const { document } = await modelOf(id);
    const images = await store.datasets.get(dataset);
    const index = images && parseDataset(images.document).index;
    if (!index) throw new FleetError('not-found', `Cannot evaluate on dataset "${dataset}": it is not there, or not imported yet`);
    if (document.sidecar === undefined)
      throw new FleetError('conflict', `Cannot evaluate model "${id}": nobody has said how its images are prepared`);
    const geometryJson = JSON.stringify(geometryOf(parseSidecar(document.sidecar)));
    const row = await work.order({
      id: workId(`model-${id}-images-${dataset}-${split}-${markOf(geometryJson)}`),
      owner: { kind: 'evaluation', model: id, dataset, split },
      task: { $case: 'prepareImages', value: { index, split, limit: MOST_IMAGES, geometryJson } },
    });
    if (row.state === 'done' || row.state === 'failed') await workOver(row);
  }

  async function workOver(row: WorkRow): Promise<void> {
    const { owner } = parseWorkInput(row.input);
    if (owner.kind !== 'evaluation') return;
    const { dataset, split } = owner;
    const id = modelId(owner.model);
    const output = outputOf(row);
    const { document } = await modelOf(id);
    if (output.$case === 'preparedImages' && document.artifact && document.sidecar !== undefined) {
      const preparation = preparationOf(parseSidecar(document.sidecar), document.facts?.inputs[0]?.name);
      const ordered = await work.order({
        id: workId(`model-${id}-evaluate-${dataset}-${split}-${markOf(document.sidecar)}`),
        owner: { ...owner, labels: output.value.labels },
        task: { $case: 'evaluate', value: { artifact: document.artifact, images: output.value.packs, preparation, top: TOP, threads: 2 } },
      });
      if (ordered.state === 'done' || ordered.state === 'failed') await workOver(ordered);
      return;
    }
    if (output.$case === 'evaluated') return keep(id, { dataset, split, ...hits(owner.labels ?? [], output.value.classes) });
    const why = output.$case === 'refused' || output.$case === 'failed' ? output.value.why : `the compressor answered "${output.$case}"`;
    return keep(id, { dataset, split, images: 0, top1: 0, top5: 0, why });
  }

  return { order, workOver };
}

/** Tells preparations apart: another one is other work. */
const markOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** How many of the images are right; each has a row of best classes. */
function hits(labels: readonly number[], classes: readonly number[]): Pick<Evaluation, 'images' | 'top1' | 'top5'> {
  const width = labels.length === 0 ? 0 : classes.length / labels.length;
  const right = (within: number): number =>
    labels.filter((label, image) => classes.slice(image * width, image * width + Math.min(width, within)).includes(label)).length;
  return { images: labels.length, top1: right(1), top5: right(5) };
}
