import { describe, expect, it } from 'vitest';
import { memoryTree } from '../fakes/memory-tree.ts';
import { openDataset } from '../open-dataset.ts';

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const image = new Uint8Array(3);

describe('YOLO text files', () => {
  const tree = (label: string) =>
    memoryTree({
      'images/train/a.jpg': image,
      'images/val/b.jpg': image,
      'labels/train/a.txt': text(label),
      'classes.json': text('["cup","dog"]'),
    });

  it('gives every image its boxes, split as its folder says', async () => {
    const dataset = await openDataset(tree('1 0.5 0.5 0.2 0.4\n0 0.1 0.1 0.1 0.1\n'));
    expect(dataset).toMatchObject({ format: 'yolo', classes: ['cup', 'dog'] });
    const [a, b] = dataset.images;
    expect(a).toMatchObject({ name: 'images/train/a.jpg', label: 1, origin: 'train' });
    expect(a?.boxes?.[0]).toEqual({ label: 1, left: 0.4, top: 0.3, right: 0.6, bottom: 0.7 });
    expect(b).toMatchObject({ boxes: [], label: 0, origin: 'test' });
  });

  it('names the line that is no box, and the class that does not exist', async () => {
    await expect(openDataset(tree('1 0.5 0.5\n'))).rejects.toThrow('line 1 of "labels/train/a.txt" is no box');
    await expect(openDataset(tree('7 0.5 0.5 0.2 0.4'))).rejects.toThrow('outside 0..1');
  });
});

describe('COCO JSON', () => {
  const annotations = {
    images: [{ id: 7, file_name: 'x.jpg', width: 200, height: 100 }],
    annotations: [
      { image_id: 7, category_id: 18, bbox: [20, 10, 100, 50] },
      { image_id: 7, category_id: 3, bbox: [0, 0, 200, 10], iscrowd: 1 },
    ],
    categories: [
      { id: 18, name: 'dog' },
      { id: 3, name: 'car' },
    ],
  };
  const tree = (content: unknown) =>
    memoryTree({ 'annotations/instances_val2017.json': text(JSON.stringify(content)), 'val2017/x.jpg': image });

  it('gives relative boxes and classes without gaps', async () => {
    const { format, classes, images } = await openDataset(tree(annotations));
    expect({ format, classes }).toEqual({ format: 'coco', classes: ['car', 'dog'] });
    expect(images[0]).toMatchObject({ name: 'val2017/x.jpg', label: 1, origin: 'test' });
    expect(images[0]?.boxes).toEqual([
      { label: 1, left: 0.1, top: 0.1, right: 0.6, bottom: 0.6 },
      { label: 0, left: 0, top: 0, right: 1, bottom: 0.1, crowd: true },
    ]);
  });

  it('says what the file is not, and which image is missing', async () => {
    await expect(openDataset(tree({ images: [] }))).rejects.toThrow('is no COCO file');
    const missing = { ...annotations, images: [{ ...annotations.images[0], file_name: 'y.jpg' }] };
    await expect(openDataset(tree(missing))).rejects.toThrow('"y.jpg", which is not there');
  });
});
