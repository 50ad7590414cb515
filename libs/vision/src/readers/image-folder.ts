import type { DatasetSource } from '../dataset-source.ts';
import { originOf } from '../dataset-source.ts';
import type { FileTree } from '../file-tree.ts';

const IMAGE = /\.(jpe?g|png|webp|gif|bmp|tiff?|avif)$/i;

export const isImageFile = (path: string): boolean => IMAGE.test(path) && !path.split('/').some((part) => part.startsWith('.'));

/**
 * A folder for each class, images inside: `cup/1.jpg`, or `train/cup/1.jpg` and `test/cup/2.jpg`.
 * Classes are the names of the folders in code-unit order, as other tools number them. A `classes.json` fixes another order.
 */
export function readImageFolder(tree: FileTree, files: readonly string[], named: readonly string[] | undefined): DatasetSource {
  const found = files.filter((path) => isImageFile(path) && path.includes('/')).map((path) => ({ path, folder: classFolderOf(path) }));
  const classes = named ?? [...new Set(found.map(({ folder }) => folder))].sort();
  const labels = new Map(classes.map((name, label) => [name, label]));
  const images = found.map(({ path, folder }) => ({
    name: path,
    label: labels.get(folder) ?? -1,
    origin: path.split('/').length > 2 ? originOf(path) : undefined,
    read: () => tree.read(path),
  }));
  return { format: 'folder', classes, encoding: { kind: 'encoded' }, images };
}

const classFolderOf = (path: string): string => path.split('/').at(-2) ?? '';
