import type { Examine, Examined } from '@fleetfit/protocol';
import { type DatasetIndex, examineIntake, type IndexedImage, imagesOf } from '@fleetfit/vision';
import { loadDataset } from './dataset-blobs.ts';
import { loadFiles } from './model-blobs.ts';
import type { WorkContext } from './work-context.ts';

/** Enough to tell ways apart that differ by two points; more cost time and change little. */
const USUAL_LIMIT = 500;

/** The intake doctor as a work item. @throws as `examineIntake` */
export async function examine({ model, index: blob, limit }: Examine, context: WorkContext): Promise<Examined> {
  const { index, read } = await loadDataset(blob, context);
  const found = await examineIntake({
    runtime: context.runtime,
    model: await loadFiles(model, context.blobs),
    index,
    images: imagesToTry(index).slice(0, limit > 0 ? limit : USUAL_LIMIT),
    read,
    threads: context.threads,
    signal: context.signal,
    progress: (done, what) => context.progress(done, what),
  });
  const findings = found.findings.map(({ label, accuracy, ...rest }) => {
    const { value, low, high } = accuracy;
    return { what: label, accuracy: value, low, high, ...rest };
  });
  return { sidecarJson: JSON.stringify(found.sidecar), findingsJson: JSON.stringify(findings), warnings: [...found.warnings] };
}

/** Validation images first: a model may have been trained on the others. Test images only where a dataset has no others. */
function imagesToTry(index: DatasetIndex): readonly IndexedImage[] {
  const images = (['validation', 'calibration', 'training'] as const).flatMap((split) => imagesOf(index, split));
  return images.length > 0 ? images : index.images;
}
