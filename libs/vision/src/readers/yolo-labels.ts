import { FleetError } from '@fleetfit/core';
import { type DatasetSource, originOf, type SourceImage, unnamedClasses } from '../dataset-source.ts';
import type { FileTree } from '../file-tree.ts';
import type { LabelledBox } from '../tasks/box.ts';
import { isImageFile } from './image-folder.ts';

const BESIDE = /(^|\/)images\//;

/** Where the boxes of an image stand: in `labels/` for an image in `images/`, else beside it. */
function labelPathOf(image: string): string {
  return image.replace(BESIDE, '$1labels/').replace(/\.[^.]+$/, '.txt');
}

/** Whether boxes lie beside images as YOLO tools write them. */
export function hasYoloLabels(files: readonly string[]): boolean {
  const all = new Set(files);
  return files.some((path) => isImageFile(path) && all.has(labelPathOf(path)));
}

/**
 * Images with boxes as YOLO tools write them: a text file an image, a line a box: `class x y width height`, centre and size relative
 * to the image. An image without such a file has no boxes.
 * @throws FleetError `corrupt` naming the file and the line that is no box
 */
export async function readYoloLabels(
  tree: FileTree,
  files: readonly string[],
  named: readonly string[] | undefined,
): Promise<DatasetSource> {
  const all = new Set(files);
  const images: SourceImage[] = [];
  let most = 0;
  for (const path of files.filter(isImageFile)) {
    const labels = labelPathOf(path);
    const boxes = all.has(labels) ? boxesIn(new TextDecoder().decode(await tree.read(labels)), labels) : [];
    for (const { label } of boxes) most = Math.max(most, label + 1);
    const folder = path.replace(BESIDE, '$1');
    images.push({
      name: path,
      label: largestOf(boxes)?.label ?? 0,
      boxes,
      origin: folder.includes('/') ? originOf(folder) : undefined,
      read: () => tree.read(path),
    });
  }
  return { format: 'yolo', classes: named ?? unnamedClasses(Math.max(1, most)), encoding: { kind: 'encoded' }, images };
}

/** What an image is of, for spreading images over splits: the label of its largest box. */
export function largestOf(boxes: readonly LabelledBox[]): LabelledBox | undefined {
  const areaOf = ({ left, top, right, bottom }: LabelledBox): number => (right - left) * (bottom - top);
  return boxes.reduce<LabelledBox | undefined>((best, box) => (best && areaOf(best) >= areaOf(box) ? best : box), undefined);
}

function boxesIn(text: string, path: string): LabelledBox[] {
  return text.split(/\r?\n/).flatMap((line, i) => {
    if (line.trim() === '') return [];
    const [label = Number.NaN, x = Number.NaN, y = Number.NaN, w = Number.NaN, h = Number.NaN] = line.trim().split(/\s+/).map(Number);
    if (!Number.isInteger(label) || label < 0 || ![x, y, w, h].every((number) => number >= 0 && number <= 1))
      throw new FleetError('corrupt', `Cannot read the dataset: line ${i + 1} of "${path}" is no box: "${line.trim().slice(0, 60)}"`, {
        next: 'a line is: class x y width height, with centre and size in 0..1',
      });
    return [{ label, left: x - w / 2, top: y - h / 2, right: x + w / 2, bottom: y + h / 2 }];
  });
}
