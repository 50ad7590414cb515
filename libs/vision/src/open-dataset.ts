import { FleetError } from '@fleetfit/core';
import { checkedSource, type DatasetSource } from './dataset-source.ts';
import { classNamesIn, type FileTree } from './file-tree.ts';
import { isCifarFile, readCifarBinary } from './readers/cifar-binary.ts';
import { isCocoFile, readCocoJson } from './readers/coco-json.ts';
import { LABELS_FILE, readCsvLabels } from './readers/csv-labels.ts';
import { isImageFile, readImageFolder } from './readers/image-folder.ts';
import { isIdxImages, readMnistIdx } from './readers/mnist-idx.ts';
import { hasYoloLabels, readYoloLabels } from './readers/yolo-labels.ts';

type Read = (tree: FileTree, files: readonly string[], named: readonly string[] | undefined) => DatasetSource | Promise<DatasetSource>;

interface Format {
  readonly name: DatasetSource['format'];
  readonly about: string;
  readonly fits: (files: readonly string[]) => boolean;
  readonly read: Read;
}

// In the order in which they are tried: a labels.csv says more than the folders beside it.
const FORMATS: readonly Format[] = [
  { name: 'csv', about: `images named by ${LABELS_FILE}`, fits: (files) => files.includes(LABELS_FILE), read: readCsvLabels },
  { name: 'mnist', about: 'MNIST idx files', fits: (files) => files.some(isIdxImages), read: readMnistIdx },
  { name: 'cifar', about: 'CIFAR binary files', fits: (files) => files.some(isCifarFile), read: readCifarBinary },
  { name: 'coco', about: 'images with boxes in COCO JSON', fits: (files) => files.some(isCocoFile), read: readCocoJson },
  { name: 'yolo', about: 'images with boxes in YOLO text files', fits: hasYoloLabels, read: readYoloLabels },
  {
    name: 'folder',
    about: 'a folder of images for each class',
    fits: (files) => files.some((path) => path.includes('/') && isImageFile(path)),
    read: readImageFolder,
  },
];

/** What `--format` takes. */
export const datasetFormats: readonly string[] = ['auto', ...FORMATS.map(({ name }) => name)];

/**
 * Finds the images and labels in a tree of files; reads no image yet.
 * @param format one of {@link datasetFormats}; `auto` looks at the files
 * @throws FleetError `invalid` (empty, nothing known in it, labels out of range), `corrupt`, `not-found`
 */
export async function openDataset(tree: FileTree, format = 'auto'): Promise<DatasetSource> {
  const files = await tree.list();
  const named = await classNamesIn(tree, files);
  const found = FORMATS.find((each) => (format === 'auto' ? each.fits(files) : each.name === format));
  if (!found) throw notFound(tree, files, format);
  if (!found.fits(files))
    throw new FleetError('invalid', `Cannot add the dataset: "${tree.name}" is not ${found.about}, but ${filesInWords(files)}`);
  return checkedSource(await found.read(tree, files, named));
}

function notFound(tree: FileTree, files: readonly string[], format: string): FleetError {
  const known = FORMATS.map(({ about }) => about).join(', ');
  if (format !== 'auto')
    return new FleetError('invalid', `Cannot add the dataset: there is no format "${format}", only ${datasetFormats.join(', ')}`);
  if (files.length === 0) return new FleetError('invalid', `Cannot add the dataset: "${tree.name}" is empty`, { next: `give ${known}` });
  return new FleetError('invalid', `Cannot add the dataset: no images with labels in "${tree.name}", but ${filesInWords(files)}`, {
    next: `give ${known}`,
  });
}

function filesInWords(files: readonly string[]): string {
  const some = files.slice(0, 3).map((path) => `"${path}"`);
  return `${files.length} other ${files.length === 1 ? 'file' : 'files'}: ${some.join(', ')}${files.length > some.length ? ' ...' : ''}`;
}
