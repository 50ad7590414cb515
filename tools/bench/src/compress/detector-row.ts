import type { Model } from '@fleetfit/onnx';
import type { Sidecar } from '@fleetfit/vision';
import type { Field, RowContext } from '../bench.ts';
import type { Kernels } from './answers.ts';
import { type Images, readImages, someImages } from './images.ts';
import { judgeDetector } from './judge-detector.ts';
import { type LabModelName, labFile, labModel } from './lab-models.ts';
import { timeAlternating } from './time-alternating.ts';

interface DetectorRow {
  readonly model: LabModelName;
  readonly recipe: string;
  readonly naive: string;
  readonly kernels: Kernels;
}

/** Fits on training photos, judges on validation photos, and times the candidate beside the original and the naive way. */
export async function measureDetector(row: DetectorRow, context: RowContext): Promise<Record<string, Field>> {
  const { model, sidecar } = labModel(row.model);
  const all = await readImages(labFile('coco'), sidecar);
  const fits = someImages(all, 'train', 24);
  const images = someImages(all, 'test', context.quick ? 24 : undefined);
  const judged = {
    model,
    images,
    fits,
    kernels: row.kernels,
    context,
    imagesFor: (candidate: Model) => imagesFor(candidate, sidecar, images),
  };
  const naive = await judgeDetector({ ...judged, recipe: row.naive });
  const ours = await judgeDetector({ ...judged, recipe: row.recipe });
  const speed = await timeAlternating({
    models: {
      original: { model, images },
      naive: { model: naive.candidate, images: await imagesFor(naive.candidate, sidecar, images) },
      ours: { model: ours.candidate, images: await imagesFor(ours.candidate, sidecar, images) },
    },
    context,
  });
  return {
    recipe: row.recipe,
    naive_recipe: row.naive,
    kernels: row.kernels,
    ...ours.fields,
    ...Object.fromEntries(Object.entries(naive.fields).map(([key, value]) => [`naive_${key}`, value])),
    ...speed,
  };
}

/** A candidate may take smaller pictures than its original: then the photos are decoded to that size. */
async function imagesFor(candidate: Model, sidecar: Sidecar, images: Images): Promise<Images> {
  const [height, width] = candidate.graph.inputs[0]?.dims?.slice(2) ?? [];
  const { geometry } = sidecar;
  if (typeof height !== 'number' || typeof width !== 'number' || (geometry.height === height && geometry.width === width)) return images;
  const all = await readImages(labFile('coco'), { ...sidecar, geometry: { ...geometry, height, width } });
  return someImages(all, 'test', images.pixels.length);
}
