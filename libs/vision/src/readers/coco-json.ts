import { FleetError } from '@fleetfit/core';
import { z } from 'zod';
import { type DatasetSource, originOf, type SourceImage } from '../dataset-source.ts';
import { baseName, type FileTree } from '../file-tree.ts';
import type { LabelledBox } from '../tasks/box.ts';
import { isImageFile } from './image-folder.ts';
import { largestOf } from './yolo-labels.ts';

const coco = z.object({
  images: z.array(z.object({ id: z.number(), file_name: z.string(), width: z.number().positive(), height: z.number().positive() })),
  annotations: z.array(
    z.object({
      image_id: z.number(),
      category_id: z.number(),
      bbox: z.tuple([z.number(), z.number(), z.number(), z.number()]),
      iscrowd: z.union([z.number(), z.boolean()]).optional(),
    }),
  ),
  categories: z.array(z.object({ id: z.number(), name: z.string() })).min(1),
});
type Coco = z.output<typeof coco>;

/** Whether there is a file as COCO writes them: `annotations/instances_val2017.json`, `annotations.json`, `_annotations.coco.json`. */
export const isCocoFile = (path: string): boolean => /(^|\/)(instances[^/]*|[^/]*annotations[^/]*)\.json$/i.test(path);

/**
 * Images with boxes as COCO writes them (https://cocodataset.org/#format-data): one JSON file for many images, found by the end of
 * their path. Classes are numbered in the order of their ids, whose gaps are closed.
 * @throws FleetError `corrupt` for a file of another content, `invalid` for images that are not there
 */
export async function readCocoJson(tree: FileTree, files: readonly string[], named: readonly string[] | undefined): Promise<DatasetSource> {
  const images: SourceImage[] = [];
  const parts: { path: string; content: Coco }[] = [];
  for (const path of files.filter(isCocoFile)) parts.push({ path, content: await contentOf(tree, path) });
  const categories = new Map(parts.flatMap(({ content }) => content.categories.map(({ id, name }) => [id, name] as const)));
  const ids = [...categories.keys()].sort((a, b) => a - b);
  const labels = new Map(ids.map((id, label) => [id, label]));
  for (const { path, content } of parts) images.push(...imagesIn(content, { path, files, tree, labels }));
  const classes = named ?? ids.map((id) => categories.get(id) ?? '');
  return { format: 'coco', classes, encoding: { kind: 'encoded' }, images };
}

async function contentOf(tree: FileTree, path: string): Promise<Coco> {
  try {
    return coco.parse(JSON.parse(new TextDecoder().decode(await tree.read(path))));
  } catch (cause) {
    throw new FleetError('corrupt', `Cannot read the dataset: "${path}" is no COCO file of images, annotations and categories`, { cause });
  }
}

interface Surroundings {
  readonly path: string;
  readonly files: readonly string[];
  readonly tree: FileTree;
  readonly labels: ReadonlyMap<number, number>;
}

function imagesIn({ images, annotations }: Coco, { path, files, tree, labels }: Surroundings): SourceImage[] {
  const boxes = new Map<number, LabelledBox[]>(images.map(({ id }) => [id, []]));
  const sizes = new Map(images.map(({ id, width, height }) => [id, { width, height }]));
  for (const { image_id: image, category_id: category, bbox, iscrowd } of annotations) {
    const size = sizes.get(image);
    if (!size) continue;
    const [x, y, w, h] = bbox;
    const box = { left: x / size.width, top: y / size.height, right: (x + w) / size.width, bottom: (y + h) / size.height };
    boxes.get(image)?.push({ label: labels.get(category) ?? -1, ...box, ...(iscrowd ? { crowd: true } : {}) });
  }
  const byName = groupedByName(files.filter(isImageFile));
  return images.map(({ id, file_name: name }) => {
    const candidates = byName.get(baseName(name)) ?? [];
    const file = candidates.find((each) => each === name || each.endsWith(`/${name}`)) ?? candidates[0];
    if (file === undefined) throw new FleetError('invalid', `Cannot read the dataset: "${path}" names "${name}", which is not there`);
    const its = boxes.get(id) ?? [];
    return { name: file, label: largestOf(its)?.label ?? 0, boxes: its, origin: originOf(originPart(path)), read: () => tree.read(file) };
  });
}

function groupedByName(files: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const file of files) found.set(baseName(file), [...(found.get(baseName(file)) ?? []), file]);
  return found;
}

/** `annotations/instances_val2017.json` is of the folder val2017. */
const originPart = (path: string): string =>
  baseName(path)
    .replace(/^(instances|annotations)_?/i, '')
    .replace(/\.json$/i, '');
