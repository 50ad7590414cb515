import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { memoryTree } from './fakes/memory-tree.ts';
import { openDataset } from './open-dataset.ts';

const summary = async (files: Readonly<Record<string, Uint8Array | string>>, format?: string) => {
  const { classes, images, ...rest } = await openDataset(memoryTree(files), format);
  return { ...rest, classes, images: images.map(({ name, label, origin }) => [name, label, origin] as const) };
};
const idx = (dims: readonly number[], data: readonly number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(4 + 4 * dims.length));
  view.setUint32(0, 0x0800 + dims.length);
  dims.forEach((dim, i) => {
    view.setUint32(4 + 4 * i, dim);
  });
  return Uint8Array.from([...new Uint8Array(view.buffer), ...data]);
};
const cifar = (labels: readonly number[]): Uint8Array =>
  Uint8Array.from(
    labels.flatMap((label) => [label, ...[1, 2, 3].flatMap((plane) => Array.from({ length: 1024 }, (_, i) => (plane * i) % 256))]),
  );

describe('a folder of images', () => {
  it('has a class for each folder, in order of their names', async () => {
    expect(await summary({ 'mug/b.JPG': '', 'cup/a.png': '', 'cup/notes.txt': '', '.hidden/x.jpg': '' })).toEqual({
      format: 'folder',
      encoding: { kind: 'encoded' },
      classes: ['cup', 'mug'],
      images: [
        ['cup/a.png', 0, undefined],
        ['mug/b.JPG', 1, undefined],
      ],
    });
  });

  it('knows what folders of training and test images are for, and follows classes.json', async () => {
    const found = await summary({ 'train/cup/a.jpg': '', 'val/mug/b.jpg': '', 'classes.json': '["mug","cup"]' });
    expect(found.classes).toEqual(['mug', 'cup']);
    expect(found.images).toEqual([
      ['train/cup/a.jpg', 1, 'train'],
      ['val/mug/b.jpg', 0, 'test'],
    ]);
  });

  it('names a folder that classes.json does not know', async () => {
    await expect(summary({ 'cup/a.jpg': '', 'classes.json': '["mug"]' })).rejects.toThrow(
      /1 of 1 label is outside 0\.\.0 .*"cup\/a.jpg" has -1/,
    );
  });
});

describe('a table of labels', () => {
  const images = { 'a.jpg': 'A', 'b.jpg': '', 'c, d.jpg': '' };

  it('numbers and names classes', async () => {
    const found = await summary({
      ...images,
      'labels.csv': '\uFEFFfile,label,synset,name\r\na.jpg,2,n1,"great, white"\nb.jpg,0,n2,cup\n"c, d.jpg",0,,\n',
    });
    expect(found).toMatchObject({ format: 'csv', classes: ['cup', 'class 1', 'great, white'] });
    expect(found.images.map(([name, label]) => [name, label])).toEqual([
      ['a.jpg', 2],
      ['b.jpg', 0],
      ['c, d.jpg', 0],
    ]);
  });

  it('takes names for labels', async () => {
    const found = await summary({ ...images, 'labels.csv': 'image,class\na.jpg,mug\nb.jpg,cup\n' });
    expect(found.classes).toEqual(['cup', 'mug']);
    expect(found.images.map(([, label]) => label)).toEqual([1, 0]);
  });

  it('says which labels are out of range, and which files are missing', async () => {
    const classes = '["cup","mug"]';
    const many = Array.from({ length: 5 }, (_, i) => `a.jpg,${i}`).join('\n');
    await expect(summary({ ...images, 'classes.json': classes, 'labels.csv': `file,label\n${many}\n` })).rejects.toThrow(
      'Cannot add the dataset: 3 of 5 labels are outside 0..1 (2 classes): "a.jpg" has 2, "a.jpg" has 3, "a.jpg" has 4',
    );
    await expect(summary({ ...images, 'labels.csv': 'file,label\na.jpg,-1\n' })).rejects.toThrow(/1 of 1 label is outside/);
    await expect(summary({ ...images, 'labels.csv': 'file,label\na.jpg,1\nz.jpg,1\n' })).rejects.toThrow(
      /names 1 of 2 files .* "z.jpg" in line 3/,
    );
    await expect(summary({ ...images, 'labels.csv': 'a.jpg,1\n' })).rejects.toThrow(/no heading/);
  });
});

describe('CIFAR binary', () => {
  it('reads labels and turns planes into pixels', async () => {
    const found = await openDataset(memoryTree({ 'test.bin.gz': gzipSync(cifar([3, 9])) }));
    expect(found).toMatchObject({ format: 'cifar', encoding: { kind: 'raw', height: 32, width: 32, channels: 3 } });
    expect(found.images.map(({ label, origin }) => [label, origin])).toEqual([
      [3, 'test'],
      [9, 'test'],
    ]);
    expect([...((await found.images[1]?.read()) ?? [])].slice(3, 9)).toEqual([1, 2, 3, 2, 4, 6]);
  });

  it('refuses labels beyond the classes, and a file that ends inside an image', async () => {
    await expect(summary({ 'data.bin': cifar([3, 12]) })).rejects.toThrow(/1 of 2 label is outside 0\.\.9 .*"data.bin image 1" has 12/);
    await expect(summary({ 'data.bin': cifar([3]).subarray(1) })).rejects.toMatchObject({ code: 'corrupt' });
    await expect(summary({ 'data.bin.gz': gzipSync(cifar([3])).subarray(0, 100) })).rejects.toThrow(/"data.bin.gz" cannot be unpacked/);
  });
});

describe('MNIST idx', () => {
  const files = { 'x-images-idx3-ubyte': idx([2, 1, 2], [1, 2, 3, 4]), 'x-labels-idx1-ubyte.gz': gzipSync(idx([2], [7, 0])) };

  it('reads images with the labels beside them', async () => {
    const found = await openDataset(memoryTree(files));
    expect(found).toMatchObject({ format: 'mnist', encoding: { kind: 'raw', height: 1, width: 2, channels: 1 } });
    expect(found.images.map(({ label }) => label)).toEqual([7, 0]);
    expect([...((await found.images[1]?.read()) ?? [])]).toEqual([3, 4]);
  });

  it('refuses files that are not what they say', async () => {
    const images = 'x-images-idx3-ubyte';
    await expect(summary({ [images]: files[images] })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('x-labels-idx1-ubyte'),
    });
    await expect(summary({ ...files, [images]: files[images].subarray(0, 18) })).rejects.toThrow(/ends at byte 18 of 20/);
    await expect(summary({ ...files, [images]: idx([1, 1, 2], [1, 2]) })).rejects.toThrow(/has 1 images but 2 labels/);
    await expect(summary({ ...files, [images]: 'no' })).rejects.toThrow(/is no idx file of images/);
  });
});

describe('what is no dataset', () => {
  it('is said in a sentence', async () => {
    await expect(summary({})).rejects.toThrow('Cannot add the dataset: "memory" is empty');
    await expect(summary({ 'a.jpg': '', 'b.txt': '' })).rejects.toThrow(
      /no images with labels in "memory", but 2 other files: "a.jpg", "b.txt"/,
    );
    await expect(summary({ 'a.bin': cifar([1]) }, 'mnist')).rejects.toThrow(/is not MNIST idx files, but 1 other file/);
    await expect(summary({ 'a.bin': cifar([1]) }, 'zip')).rejects.toThrow(/no format "zip"/);
    await expect(summary({ 'labels.csv': 'file,label\n' })).rejects.toThrow('Cannot add the dataset: it is empty');
    await expect(summary({ 'x/a.jpg': '', 'classes.json': '{}' })).rejects.toThrow(/no JSON list of names/);
  });
});
