import type { ExportView } from '@fleetfit/api';
import type { BlobStore } from '@fleetfit/artifacts';
import { type CandidateId, FleetError, sha256 } from '@fleetfit/core';
import { decodeModel, encodeModel, internalize } from '@fleetfit/onnx';
import type { Artifact } from '@fleetfit/protocol';
import { chooseBest, classFigures, type SweepState } from '@fleetfit/sweep';

/** Where the best file of every class stands on the operator listener. */
export function listExports(state: SweepState): ExportView[] {
  return state.setup.classes.flatMap(({ id, label }) => {
    const best = chooseBest(state, id);
    if (!best) return [];
    const name = `${state.setup.model.id}-${best.candidate}-${id}`;
    const path = `/export/${state.id}/${id}`;
    return [
      {
        classId: id,
        classLabel: label,
        candidate: best.candidate,
        fileName: `${name}.onnx`,
        path: `${path}.onnx`,
        aboutPath: `${path}.json`,
        bytes: best.bytes,
      },
    ];
  });
}

/** The winner of a class as one ONNX file, tensors inside. */
export async function exportModel(state: SweepState, classId: string, blobs: BlobStore): Promise<Uint8Array> {
  const best = winner(state, classId);
  if (best.state.made.kind !== 'made') throw new FleetError('bug', `Cannot export ${best.candidate}: it was never made`);
  return inOnePiece(best.state.made.artifact, blobs);
}

/** Any candidate of a sweep as one ONNX file, tensors inside. @throws FleetError `not-found` where it was never made */
export async function exportCandidate(state: SweepState, id: CandidateId, blobs: BlobStore): Promise<Uint8Array> {
  const made = state.candidates.get(id)?.made;
  if (made?.kind !== 'made') throw new FleetError('not-found', `Cannot export candidate ${id} of sweep ${state.id}: it was not made`);
  return inOnePiece(made.artifact, blobs);
}

async function inOnePiece({ graph, tensors }: Artifact, blobs: BlobStore): Promise<Uint8Array> {
  if (!graph) throw new FleetError('corrupt', 'Cannot export: the artifact has no graph');
  const files = new Map<string, Uint8Array>();
  for (const tensor of tensors) files.set(tensor.sha256, await blobs.get(sha256(tensor.sha256)));
  const model = decodeModel(await blobs.get(sha256(graph.sha256)));
  return encodeModel(
    internalize(model, (location, offset, length) => {
      const file = files.get(location);
      if (!file) throw new FleetError('corrupt', `Cannot export: tensor ${location} is missing`);
      return file.subarray(offset, length === undefined ? undefined : offset + length);
    }),
  );
}

/** Recipe, figures and conditions of a winner: what lies beside its file. */
export function aboutWinner(state: SweepState, classId: string): unknown {
  const best = winner(state, classId);
  const { setup } = state;
  const deviceClass = setup.classes.find((each) => each.id === classId);
  const judged = deviceClass && classFigures(state, best.state, { classId: deviceClass.id, where: 'judged' });
  return {
    model: setup.model.name,
    dataset: setup.dataset.name,
    sweep: state.id,
    candidate: best.candidate,
    recipe: best.state.recipe,
    sentence: best.state.sentence,
    deviceClass,
    figures: best.figures,
    test: judged && { accuracy: judged.accuracy, accuracyChange: judged.accuracyChange },
    bytes: best.bytes,
    history: best.state.made.kind === 'made' ? best.state.made.history : [],
    settings: setup.definition,
  };
}

/** The same of any candidate, on every class. */
export function aboutCandidate(state: SweepState, id: CandidateId): unknown {
  const { setup } = state;
  const candidate = state.candidates.get(id);
  if (!candidate) throw new FleetError('not-found', `Cannot tell of candidate ${id}: sweep ${state.id} has none of that name`);
  return {
    model: setup.model.name,
    dataset: setup.dataset.name,
    sweep: state.id,
    candidate: id,
    recipe: candidate.recipe,
    sentence: candidate.sentence,
    classes: setup.classes.map((each) => ({ deviceClass: each, figures: classFigures(state, candidate, { classId: each.id }) })),
    bytes: candidate.made.kind === 'made' ? candidate.made.bytes : undefined,
    history: candidate.made.kind === 'made' ? candidate.made.history : [],
    settings: setup.definition,
  };
}

function winner(state: SweepState, classId: string) {
  const deviceClass = state.setup.classes.find((each) => each.id === classId);
  const best = deviceClass && chooseBest(state, deviceClass.id);
  if (!best)
    throw new FleetError('not-found', `Cannot export for class "${classId}": sweep ${state.id} has no candidate inside the limits there`);
  return best;
}
