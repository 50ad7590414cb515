import { packModel, unpackModel } from '@fleetfit/onnx';
import type { Field, RowContext } from '../bench.ts';
import { evenly } from './folds.ts';
import { readImages } from './images.ts';
import { fit, judgeFitted } from './judge-classifier.ts';
import { type LabModelName, labFile, labModel } from './lab-models.ts';

interface StoredRow {
  readonly model: LabModelName;
  readonly recipe: string;
  readonly naive: string;
}

/** Fits on training images, packs, expands, and judges what was expanded on the test images. */
export async function measureStored(row: StoredRow, context: RowContext): Promise<Record<string, Field>> {
  const { model, bytes, sidecar } = labModel(row.model);
  const fits = await readImages(labFile('cifar10/train-3000.bin.gz'), sidecar);
  const images = await readImages(labFile('cifar10/test-1000.bin.gz'), sidecar, context.quick ? 300 : undefined);
  const chosen = evenly([...fits.pixels.keys()], 512);
  const stored = async (recipe: string): Promise<Record<string, Field>> => {
    const { model: candidate } = await fit({ model, images: fits, recipe, context }, chosen);
    const packed = await packModel(candidate);
    const fields = await judgeFitted(await unpackModel(packed), { model, images, kernels: 'fused' });
    return { ...fields, stored_bytes: packed.length, times_smaller: bytes.length / packed.length };
  };
  const naive = await stored(row.naive);
  return {
    recipe: row.recipe,
    naive_recipe: row.naive,
    ...(await stored(row.recipe)),
    original_bytes: bytes.length,
    ...Object.fromEntries(Object.entries(naive).map(([key, value]) => [`naive_${key}`, value])),
  };
}
