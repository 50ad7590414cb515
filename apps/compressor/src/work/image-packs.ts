import { FleetError, sha256 } from '@fleetfit/core';
import type { Calibration } from '@fleetfit/onnx';
import { checkedImagePacks, type ImagePack, type Preparation } from '@fleetfit/protocol';
import type { Tensor } from '@fleetfit/runtime';
import { prepareImages } from '@fleetfit/vision';
import type { WorkContext } from './work-context.ts';

interface LoadedPack {
  readonly pixels: Uint8Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Reads packs one after another. @throws FleetError `not-found`, `corrupt` */
export async function* loadPacks(packs: readonly ImagePack[], blobs: WorkContext['blobs']): AsyncGenerator<LoadedPack> {
  for (const { blob, count, height, width, channels } of checkedImagePacks(packs)) {
    yield { pixels: await blobs.get(sha256(blob.sha256)), count, height, width, channels };
  }
}

/** Tensors of up to `size` images each, from one pack. */
export function* tensorsOf({ pixels, ...shape }: LoadedPack, preparation: Preparation, size: number): Generator<Tensor> {
  const bytes = shape.height * shape.width * shape.channels;
  for (let from = 0; from < shape.count; from += size) {
    const count = Math.min(size, shape.count - from);
    yield prepareImages(pixels.subarray(from * bytes, (from + count) * bytes), { ...shape, count }, preparation);
  }
}

/** Calibration images in memory, uint8: a few hundred take some tens of megabytes. Undefined where there are none. */
export async function loadCalibration(
  packs: readonly ImagePack[],
  preparation: Preparation | undefined,
  blobs: WorkContext['blobs'],
): Promise<Calibration | undefined> {
  if (packs.length === 0) return undefined;
  if (!preparation) throw new FleetError('invalid', 'Cannot use calibration images: the preparation is missing');
  const loaded: LoadedPack[] = [];
  for await (const pack of loadPacks(packs, blobs)) loaded.push(pack);
  return {
    input: preparation.input,
    count: loaded.reduce((sum, { count }) => sum + count, 0),
    *batches(size) {
      for (const pack of loaded) yield* tensorsOf(pack, preparation, size);
    },
  };
}
