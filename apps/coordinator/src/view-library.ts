import type { DatasetView, ImportState, ModelView } from '@fleetfit/api';
import type { DatasetId, ModelId } from '@fleetfit/core';
import type { DocumentRow } from '@fleetfit/store';
import type { DatasetDocument, ModelDocument } from './stored.ts';

/** A model as people see it, from its document. */
export function modelView(row: DocumentRow<ModelId>, document: ModelDocument, state: ImportState): ModelView {
  return {
    id: row.id,
    name: row.name,
    addedAt: row.createdAt,
    state,
    ...factsView(document),
    sidecar: document.sidecar === undefined ? undefined : (JSON.parse(document.sidecar) as unknown),
    findings: document.findings ?? [],
    prepared: document.prepared ?? (document.findings ? 0 : undefined),
    examined: document.examined,
    warnings: document.warnings ?? [],
    evaluations: document.evaluations ?? [],
    training: document.training,
  };
}

function factsView({ facts }: ModelDocument) {
  return {
    bytes: facts?.bytes,
    parameters: facts?.parameters,
    macs: facts?.macs,
    opset: facts?.opset,
    inputs: facts?.inputs ?? [],
    outputs: facts?.outputs ?? [],
    operators: facts?.operators ?? [],
    layers: facts?.weighted ?? [],
    largestActivation: facts?.largestActivation,
  };
}

/** A dataset as people see it, from its document. */
export function datasetView(row: DocumentRow<DatasetId>, { facts }: DatasetDocument, state: ImportState): DatasetView {
  return {
    id: row.id,
    name: row.name,
    addedAt: row.createdAt,
    state,
    classes: facts?.classes ?? [],
    images: facts?.images ?? 0,
    splits: facts?.splits,
    imagesByClass: facts?.imagesByClass ?? [],
    bytes: facts?.bytes,
    format: facts?.format,
    encoding: facts?.encoding,
    seed: facts?.seed,
  };
}
