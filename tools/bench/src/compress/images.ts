import { folderTree } from '@fleetfit/compressor';
import { sharpDecoder } from '@fleetfit/images';
import type { Calibration } from '@fleetfit/onnx';
import type { Tensor } from '@fleetfit/runtime';
import {
  type DatasetSource,
  geometryOf,
  type LabelledBox,
  openDataset,
  preparationOf,
  prepareImages,
  type Sidecar,
  toPicture,
} from '@fleetfit/vision';

/** Images decoded to the size of a model: uint8, so that a thousand of them take 150 MB and not 600. */
export interface Images {
  readonly sidecar: Sidecar;
  /** Height x width x channels each. */
  readonly pixels: readonly Uint8Array[];
  readonly labels: readonly number[];
  /** Boxes relative to the picture that the model gets; empty where the dataset has none. */
  readonly boxes: readonly (readonly LabelledBox[])[];
  /** What the publisher meant each image for. */
  readonly origins: readonly ('train' | 'test' | undefined)[];
}

/** Reads a labelled folder and decodes every image once. */
export async function readImages(folder: string, sidecar: Sidecar, limit = Number.POSITIVE_INFINITY): Promise<Images> {
  return decoded(await openDataset(await folderTree(folder)), sidecar, limit);
}

async function decoded(source: DatasetSource, sidecar: Sidecar, limit: number): Promise<Images> {
  const decoder = sharpDecoder();
  const geometry = geometryOf(sidecar);
  const taken = source.images.slice(0, limit);
  const pixels: Uint8Array[] = [];
  const boxes: LabelledBox[][] = [];
  for (const image of taken) {
    const bytes = await image.read();
    const size = source.encoding.kind === 'raw' ? source.encoding : await decoder.sizeOf(bytes);
    pixels.push(await decoder.decode(bytes, source.encoding, geometry));
    boxes.push((image.boxes ?? []).map((box) => toPicture(box, size, geometry)));
  }
  return { sidecar, pixels, boxes, labels: taken.map(({ label }) => label), origins: taken.map(({ origin }) => origin) };
}

/** The first images that their publisher meant for training, or for testing. */
export function someImages(all: Images, origin: 'train' | 'test', most = Number.POSITIVE_INFINITY): Images {
  const chosen = new Set([...all.origins.keys()].filter((i) => all.origins[i] === origin).slice(0, most));
  const pick = <Item>(items: readonly Item[]): Item[] => items.filter((_, i) => chosen.has(i));
  return { sidecar: all.sidecar, pixels: pick(all.pixels), labels: pick(all.labels), boxes: pick(all.boxes), origins: pick(all.origins) };
}

/** Two sets as one, the second behind the first. */
export function joinedImages(one: Images, other: Images): Images {
  return {
    sidecar: one.sidecar,
    pixels: [...one.pixels, ...other.pixels],
    labels: [...one.labels, ...other.labels],
    boxes: [...one.boxes, ...other.boxes],
    origins: [...one.origins, ...other.origins],
  };
}

/** One image as the input of its model. */
export function tensorOf({ sidecar, pixels }: Images, i: number): Tensor {
  const { width, height, channels } = geometryOf(sidecar);
  return prepareImages(pixels[i] ?? new Uint8Array(0), { count: 1, width, height, channels }, preparationOf(sidecar));
}

/** Some of the images, by number, for fitting. */
export function calibrationOf(images: Images, input: string, numbers: readonly number[]): Calibration {
  return {
    input,
    count: numbers.length,
    *batches(size) {
      for (let from = 0; from < numbers.length; from += size) {
        const tensors = numbers.slice(from, from + size).map((i) => tensorOf(images, i));
        yield joined(tensors);
      }
    },
  };
}

function joined(tensors: readonly Tensor[]): Tensor {
  const [first, ...others] = tensors;
  if (first && others.length === 0) return first;
  const parts = tensors.map(({ data }) => (data instanceof Float32Array ? data : new Float32Array(0)));
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return { type: 'float32', dims: [tensors.length, ...(first?.dims.slice(1) ?? [])], data };
}
