import { FleetError } from '@fleetfit/core';
import type { ImageEncoding } from './dataset-index.ts';
import type { LabelledBox } from './tasks/box.ts';

/** One labelled image, not read yet. */
export interface SourceImage {
  /** For people: a path, or a file and a number. */
  readonly name: string;
  readonly label: number;
  /** What is where on it, in datasets for detectors; `label` is then that of the largest box, 0 without any. */
  readonly boxes?: readonly LabelledBox[];
  readonly origin: 'train' | 'test' | undefined;
  read(): Promise<Uint8Array>;
}

/** A dataset as it was found, whatever its format. */
export interface DatasetSource {
  readonly format: 'folder' | 'csv' | 'cifar' | 'mnist' | 'yolo' | 'coco';
  readonly classes: readonly string[];
  readonly encoding: ImageEncoding;
  readonly images: readonly SourceImage[];
}

/** What a publisher meant a file for, by its name or by the folder it lies in. */
export function originOf(path: string): 'train' | 'test' | undefined {
  const [first = ''] = path.split('/');
  if (/^(train|training|data_batch)([^a-z]|$)/i.test(first)) return 'train';
  if (/^(test|val|valid|validation|t10k)([^a-z]|$)/i.test(first)) return 'test';
  return undefined;
}

/**
 * Holds a dataset to what every reader must deliver.
 * @throws FleetError `invalid` for no images, or labels outside the classes: the first of them by name, and how many
 */
export function checkedSource(source: DatasetSource): DatasetSource {
  const { images, classes } = source;
  if (images.length === 0)
    throw new FleetError('invalid', 'Cannot add the dataset: it is empty', { next: 'point at a folder with images' });
  const isClass = (label: number): boolean => Number.isInteger(label) && label >= 0 && label < classes.length;
  const offenders = images.filter(({ label, boxes = [] }) => !isClass(label) || !boxes.every((box) => isClass(box.label)));
  if (offenders.length === 0) return source;
  const named = offenders.slice(0, 3).map(({ name, label }) => `"${name}" has ${label}`);
  const more = offenders.length > named.length ? ' ...' : '';
  const verb = offenders.length === 1 ? 'label is' : 'labels are';
  throw new FleetError(
    'invalid',
    `Cannot add the dataset: ${offenders.length} of ${images.length} ${verb} outside 0..${classes.length - 1} (${classes.length} classes): ${named.join(', ')}${more}`,
    { details: { offenders: offenders.length }, next: 'correct the labels, or list every class in classes.json' },
  );
}

/** Names for classes that have none. */
export const unnamedClasses = (count: number): string[] => Array.from({ length: count }, (_, label) => `class ${label}`);
