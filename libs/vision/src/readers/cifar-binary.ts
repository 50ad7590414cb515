import { FleetError } from '@fleetfit/core';
import { type DatasetSource, originOf, type SourceImage, unnamedClasses } from '../dataset-source.ts';
import { baseName, type FileTree, readUnpacked } from '../file-tree.ts';

const SIDE = 32;
const PLANE = SIDE * SIDE;
const PIXELS = 3 * PLANE;

export const isCifarFile = (path: string): boolean => /\.bin(\.gz)?$/.test(path);

/**
 * The binary version of CIFAR-10 and CIFAR-100 (https://www.cs.toronto.edu/~kriz/cifar.html): one label byte (two for CIFAR-100,
 * of which the second, fine one counts), then a plane each of red, green and blue.
 * @throws FleetError `corrupt` for a file that ends inside an image
 */
export async function readCifarBinary(
  tree: FileTree,
  files: readonly string[],
  named: readonly string[] | undefined,
): Promise<DatasetSource> {
  const images: SourceImage[] = [];
  let most = 10;
  for (const path of files.filter(isCifarFile)) {
    const bytes = await readUnpacked(tree, path);
    const labelBytes = labelBytesOf(path, bytes.length);
    if (labelBytes === 2) most = 100;
    for (let at = 0, i = 0; at < bytes.length; at += labelBytes + PIXELS, i++) {
      const planes = bytes.subarray(at + labelBytes, at + labelBytes + PIXELS);
      images.push({
        name: `${path} image ${i}`,
        label: bytes[at + labelBytes - 1] ?? 0,
        origin: originOf(baseName(path)),
        read: async () => interleaved(planes),
      });
    }
  }
  return {
    format: 'cifar',
    classes: named ?? unnamedClasses(most),
    encoding: { kind: 'raw', height: SIDE, width: SIDE, channels: 3 },
    images,
  };
}

function labelBytesOf(path: string, length: number): number {
  for (const labelBytes of [1, 2]) if (length % (labelBytes + PIXELS) === 0) return labelBytes;
  throw new FleetError(
    'corrupt',
    `Cannot read the dataset: "${path}" has ${length} bytes, which is no whole number of CIFAR images (3073 or 3074 bytes each)`,
  );
}

function interleaved(planes: Uint8Array): Uint8Array {
  const out = new Uint8Array(PIXELS);
  for (let at = 0; at < PLANE; at++)
    for (let channel = 0; channel < 3; channel++) out[at * 3 + channel] = planes[channel * PLANE + at] ?? 0;
  return out;
}
