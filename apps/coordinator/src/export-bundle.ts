import type { BlobStore } from '@fleetfit/artifacts';
import { FleetError } from '@fleetfit/core';
import { classFigures, type SweepState, viewPortfolio } from '@fleetfit/sweep';
import { exportCandidate } from './export-winner.ts';
import { zipOf } from './zip-file.ts';

/**
 * The files that serve all classes where only so many may be, with a manifest of which goes where, as one archive.
 * @throws FleetError `not-found`
 */
export async function exportBundle(state: SweepState, count: number, blobs: BlobStore): Promise<Buffer> {
  const choice = viewPortfolio(state)?.choices[count - 1];
  if (!choice || choice.files.length === 0)
    throw new FleetError('not-found', `Cannot export a bundle of ${count}: sweep ${state.id} has no such choice of files`);
  const files = await Promise.all(choice.files.map(async (id) => ({ name: `${id}.onnx`, bytes: await exportCandidate(state, id, blobs) })));
  const { setup } = state;
  const classes = choice.classes.map(({ classId, candidate, latencyMs, breaks }) => {
    const standing = state.candidates.get(candidate);
    return {
      deviceClass: setup.classes.find((each) => each.id === classId),
      file: `${candidate}.onnx`,
      recipe: standing?.recipe,
      sentence: standing?.sentence,
      latencyMs,
      outsideLimit: breaks,
      figures: standing && classFigures(state, standing, { classId }),
    };
  });
  const manifest = { model: setup.model.name, dataset: setup.dataset.name, sweep: state.id, classes, settings: setup.definition };
  return zipOf([...files, { name: 'fleetfit.json', bytes: Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`) }]);
}
