import { packModel, unpackModel } from '@fleetfit/onnx';
import type { Field, RowContext } from '../bench.ts';
import { evenly } from './folds.ts';
import { type Images, readImages } from './images.ts';
import { fit, judgeFitted } from './judge-classifier.ts';
import { labFile, labModel } from './lab-models.ts';

/** Fits on training images, packs, expands, and judges what was expanded on the test images. */
export async function measureStored(recipe: string, context: RowContext): Promise<Record<string, Field>> {
  const { model, bytes, sidecar } = labModel('resnet20-cifar10');
  const fits = await readImages(labFile('cifar10/train-3000.bin.gz'), sidecar);
  const images: Images = await readImages(labFile('cifar10/test-1000.bin.gz'), sidecar, context.quick ? 300 : undefined);
  const chosen = evenly([...fits.pixels.keys()], 512);
  const { model: candidate } = await fit({ model, images: fits, recipe, context }, chosen);
  const packed = await packModel(candidate);
  const expanded = await unpackModel(packed);
  const fields = await judgeFitted(expanded, { model, images, kernels: 'fused' });
  return { recipe, ...fields, stored_bytes: packed.length, original_bytes: bytes.length, times_smaller: bytes.length / packed.length };
}
