import { FleetError } from '@fleetfit/core';
import { type DatasetSource, originOf, type SourceImage, unnamedClasses } from '../dataset-source.ts';
import { baseName, type FileTree, readUnpacked } from '../file-tree.ts';

export const isIdxImages = (path: string): boolean => /images[-.]idx3-ubyte(\.gz)?$/.test(path);

/**
 * The idx files of MNIST and its relatives (http://yann.lecun.com/exdb/mnist): `t10k-images-idx3-ubyte` with
 * `t10k-labels-idx1-ubyte` beside it, packed or not.
 * @throws FleetError `not-found` without the labels, `corrupt` for files that are not what they say
 */
export async function readMnistIdx(tree: FileTree, files: readonly string[], named: readonly string[] | undefined): Promise<DatasetSource> {
  const images: SourceImage[] = [];
  let size: { readonly height: number; readonly width: number } | undefined;
  for (const path of files.filter(isIdxImages)) {
    const pixels = readIdx(path, await readUnpacked(tree, path), 3);
    const labels = await labelsFor(tree, files, path);
    const [count = 0, height = 0, width = 0] = pixels.dims;
    if (labels.dims[0] !== count)
      throw new FleetError('corrupt', `Cannot read the dataset: "${path}" has ${count} images but ${labels.dims[0] ?? 0} labels`);
    if (size && (size.height !== height || size.width !== width))
      throw new FleetError('invalid', `Cannot read the dataset: the images of "${path}" are not of the size of the others`);
    size = { height, width };
    const length = height * width;
    for (let i = 0; i < count; i++) {
      const image = pixels.data.subarray(i * length, (i + 1) * length);
      images.push({ name: `${path} image ${i}`, label: labels.data[i] ?? 0, origin: originOf(baseName(path)), read: async () => image });
    }
  }
  const classes = named ?? unnamedClasses(10);
  return { format: 'mnist', classes, encoding: { kind: 'raw', height: size?.height ?? 1, width: size?.width ?? 1, channels: 1 }, images };
}

async function labelsFor(tree: FileTree, files: readonly string[], images: string) {
  const plain = images.replace('images', 'labels').replace('idx3', 'idx1').replace(/\.gz$/, '');
  const path = files.find((file) => file === plain || file === `${plain}.gz`);
  if (path === undefined)
    throw new FleetError('not-found', `Cannot read the dataset: the labels "${plain}" of "${images}" are not there`, {
      next: 'point at the folder that holds both files',
    });
  return readIdx(path, await readUnpacked(tree, path), 1);
}

function readIdx(path: string, bytes: Uint8Array, rank: number) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = 4 + 4 * rank;
  // Two zero bytes, 8 for unsigned bytes, the rank; then the dims, most significant byte first.
  if (bytes.length < header || view.getUint32(0) !== 0x0800 + rank)
    throw new FleetError('corrupt', `Cannot read the dataset: "${path}" is no idx file of ${rank === 1 ? 'labels' : 'images'}`);
  const dims = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const wanted = dims.reduce((product, dim) => product * dim, 1);
  if (bytes.length !== header + wanted)
    throw new FleetError('corrupt', `Cannot read the dataset: "${path}" ends at byte ${bytes.length} of ${header + wanted}`);
  return { dims, data: bytes.subarray(header) };
}
