import type { ImportDataset, ImportedDataset } from '@fleetfit/protocol';
import { datasetFacts, encodeDatasetIndex, type FileTree, importDataset as indexDataset, openDataset, sharesOf } from '@fleetfit/vision';
import { folderTree } from '../folder-tree.ts';
import { zipTree } from '../zip-tree.ts';
import type { WorkContext } from './work-context.ts';

/** Takes in a dataset from a folder, a file or a zip: finds images and labels, splits them by seed and stores them. @throws as `openDataset` and `importDataset` of vision */
export async function importDataset({ path, format, seed, shares }: ImportDataset, context: WorkContext): Promise<ImportedDataset> {
  context.progress(0, 'looking for images');
  if (!/\.zip$/i.test(path)) return importTree(await folderTree(path), { format, seed, shares }, context);
  const zip = await zipTree(path);
  try {
    return await importTree(zip, { format, seed, shares }, context);
  } finally {
    zip.close();
  }
}

async function importTree(
  tree: FileTree,
  { format, seed, shares }: Omit<ImportDataset, 'path'>,
  context: WorkContext,
): Promise<ImportedDataset> {
  const source = await openDataset(tree, format === '' ? 'auto' : format);
  const index = await indexDataset(source, {
    seed,
    shares: sharesOf(shares),
    put: (bytes) => context.blobs.put(bytes),
    decoder: context.decoder,
    signal: context.signal,
    progress: (done, what) => context.progress(done, what),
  });
  const stored = await context.blobs.put(encodeDatasetIndex(index));
  return { index: stored, factsJson: JSON.stringify({ format: source.format, seed, ...datasetFacts(index) }) };
}
