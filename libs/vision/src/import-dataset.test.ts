import { FleetError } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { type DatasetIndex, datasetFacts, decodeDatasetIndex, encodeDatasetIndex, imagesOf } from './dataset-index.ts';
import { memoryBlobs } from './fakes/memory-blobs.ts';
import { memoryTree } from './fakes/memory-tree.ts';
import { plainDecoder, plainImage } from './fakes/plain-decoder.ts';
import { importDataset } from './import-dataset.ts';
import { openDataset } from './open-dataset.ts';
import { imageReader, imagesPerPack, packImages } from './read-images.ts';
import type { Geometry } from './sidecar.ts';
import { DEFAULT_SHARES } from './split-dataset.ts';

const geometry: Geometry = { resize: 'squash', height: 2, width: 2, channels: 3 };
const signal = new AbortController().signal;

/** 20 images of two classes: image i of a class has every red value i, every green value 10 or 20. */
const files = () =>
  Object.fromEntries(
    ['cup', 'mug'].flatMap((name, label) =>
      Array.from({ length: 10 }, (_, i) => [`${name}/${i}.png`, plainImage(4, 3, (y) => [i, 10 + 10 * label, y])] as const),
    ),
  );

async function imported(tree: Record<string, Uint8Array>) {
  const store = memoryBlobs();
  const source = await openDataset(memoryTree(tree));
  const index = await importDataset(source, {
    seed: 1,
    shares: DEFAULT_SHARES,
    put: store.put,
    decoder: plainDecoder,
    signal,
    progress: () => {},
  });
  return { store, index: decodeDatasetIndex(encodeDatasetIndex(index)) };
}

describe('importDataset', () => {
  it('stores every image once and finds it again', async () => {
    const { store, index } = await imported(files());
    expect(datasetFacts(index)).toMatchObject({
      classes: ['cup', 'mug'],
      imagesByClass: [10, 10],
      images: 20,
      splits: { training: 12, calibration: 2, validation: 4, test: 2 },
    });
    const read = imageReader(index, { get: store.get, decoder: plainDecoder });
    for (const image of imagesOf(index, 'all')) {
      const [red, green] = await read(image, geometry);
      const [folder, file] = image.name.split('/');
      expect([red, green]).toEqual([Number.parseInt(file ?? '', 10), folder === 'cup' ? 10 : 20]);
      expect(index.classes[image.label]).toBe(folder);
    }
  });

  it('packs decoded images in the order of their split', async () => {
    const { store, index } = await imported(files());
    const images = imagesOf(index, 'training');
    const read = imageReader(index, { get: store.get, decoder: plainDecoder });
    const packs = [];
    for await (const pack of packImages(images, { read, geometry, atOnce: 3, signal })) packs.push(pack);
    expect(packs.flatMap(({ labels }) => labels)).toEqual(images.map(({ label }) => label));
    const green = packs.flatMap(({ pixels }) => [...pixels].filter((_, i) => i % 12 === 1));
    expect(green).toEqual(images.map(({ label }) => 10 + 10 * label));
    expect(imagesPerPack({ ...geometry, width: 224, height: 224 })).toBe(27);
  });

  it('names the images that cannot be read, and counts them', async () => {
    const broken = { ...files(), 'cup/3.png': Uint8Array.of(0), 'mug/4.png': Uint8Array.of(0) };
    await expect(imported(broken)).rejects.toThrow(/2 of 20 images cannot be read: "(cup\/3|mug\/4).png", "(cup\/3|mug\/4).png"$/);
  });

  it('stops when it is cancelled', async () => {
    const source = await openDataset(memoryTree(files()));
    const options = { seed: 1, shares: DEFAULT_SHARES, put: memoryBlobs().put, decoder: plainDecoder, progress: () => {} };
    await expect(
      importDataset(source, { ...options, signal: AbortSignal.abort(new FleetError('cancelled', 'Cannot go on')) }),
    ).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});

describe('imageReader', () => {
  const index: DatasetIndex = {
    format: 1,
    classes: ['a'],
    encoding: { kind: 'raw', height: 1, width: 2, channels: 1 },
    packs: [],
    images: [{ name: 'one', label: 0, split: 'test', pack: 0, offset: 1, bytes: 2 }],
  };

  it('repeats grey pixels for a model with three channels, without decoding', async () => {
    const store = memoryBlobs();
    const pack = await store.put(Uint8Array.of(9, 7, 8));
    const never = { ...plainDecoder, decode: () => Promise.reject(new Error('not to be called')) };
    const read = imageReader({ ...index, packs: [pack] }, { get: store.get, decoder: never });
    const [image] = index.images;
    if (!image) throw new Error('no image');
    expect([...(await read(image, { resize: 'squash', height: 1, width: 2, channels: 3 }))]).toEqual([7, 7, 7, 8, 8, 8]);
    expect([...(await read(image, { resize: 'squash', height: 1, width: 2, channels: 1 }))]).toEqual([7, 8]);
  });

  it('names the image that cannot be decoded', async () => {
    const store = memoryBlobs();
    const pack = await store.put(Uint8Array.of(9, 7, 8));
    const read = imageReader({ ...index, encoding: { kind: 'encoded' }, packs: [pack] }, { get: store.get, decoder: plainDecoder });
    const [image] = index.images;
    if (!image) throw new Error('no image');
    await expect(read(image, geometry)).rejects.toThrow('Cannot read image "one": it is not plain');
  });

  it('refuses an index that points beyond its packs', () => {
    expect(() => decodeDatasetIndex(encodeDatasetIndex(index))).toThrow(/its index is wrong about image "one"/);
    expect(() => decodeDatasetIndex(new TextEncoder().encode('{}'))).toThrow(/its index is damaged/);
  });
});
