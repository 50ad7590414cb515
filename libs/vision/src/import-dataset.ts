import { FleetError, type Sha256 } from '@fleetfit/core';
import type { DatasetIndex, Split } from './dataset-index.ts';
import type { DatasetSource, SourceImage } from './dataset-source.ts';
import type { ImageDecoder } from './image-decoder.ts';
import { mapInTurn } from './in-turn.ts';
import { type Shares, splitDataset } from './split-dataset.ts';

/** Where bytes go to be found again by their hash. */
export type PutBlob = (bytes: Uint8Array) => Promise<{ readonly sha256: Sha256; readonly bytes: number }>;

export interface ImportOptions {
  readonly seed: number;
  readonly shares: Shares;
  readonly put: PutBlob;
  /** Looks at the head of every encoded image. */
  readonly decoder: ImageDecoder;
  readonly signal: AbortSignal;
  progress(done: number, what: string): void;
}

/** Bytes after which a blob of images is closed. */
const PACK_BYTES = 4 * 1024 * 1024;

/**
 * Splits a dataset by seed and stores its images, several to a blob, in the order in which they will be taken.
 * @returns the index, not stored yet
 * @throws FleetError `invalid` naming the first images that cannot be read and how many there are
 */
export async function importDataset(source: DatasetSource, options: ImportOptions): Promise<DatasetIndex> {
  const placed = splitDataset(source.images, options);
  const packs: DatasetIndex['packs'] = [];
  const images: DatasetIndex['images'] = [];
  const unreadable: string[] = [];
  for (const batch of batchesOf(placed)) {
    options.signal.throwIfAborted();
    options.progress(images.length / placed.length, `image ${images.length + 1} of ${placed.length}`);
    const read = await mapInTurn(batch, { atOnce: 8, signal: options.signal }, ({ item }) => readChecked(item, source, options.decoder));
    let open: { item: SourceImage; split: Split; bytes: Uint8Array }[] = [];
    const close = async (): Promise<void> => {
      if (open.length === 0) return;
      images.push(...indexed(open, packs.length));
      packs.push(await options.put(joined(open.map(({ bytes }) => bytes))));
      open = [];
    };
    for (const [i, bytes] of read.entries()) {
      const place = batch[i];
      if (!place) continue;
      if (!bytes) unreadable.push(place.item.name);
      else open.push({ ...place, bytes });
      if (open.reduce((sum, each) => sum + each.bytes.length, 0) >= PACK_BYTES) await close();
    }
    await close();
  }
  if (unreadable.length > 0) throw cannotRead(unreadable, placed.length);
  return { format: 1, classes: [...source.classes], encoding: source.encoding, packs, images };
}

// Memory holds one batch; a batch of small images is one blob, of large ones several.
function batchesOf<Item>(items: readonly Item[]): Item[][] {
  const BATCH = 256;
  return Array.from({ length: Math.ceil(items.length / BATCH) }, (_, i) => items.slice(i * BATCH, (i + 1) * BATCH));
}

/** Undefined for an image that cannot be read. */
async function readChecked(image: SourceImage, source: DatasetSource, decoder: ImageDecoder): Promise<Uint8Array | undefined> {
  const bytes = await image.read();
  if (source.encoding.kind === 'raw') return bytes;
  try {
    await decoder.sizeOf(bytes);
    return bytes;
  } catch (thrown) {
    if (thrown instanceof FleetError && thrown.code === 'corrupt') return undefined;
    throw thrown;
  }
}

function indexed(open: readonly { item: SourceImage; split: Split; bytes: Uint8Array }[], pack: number): DatasetIndex['images'] {
  let offset = 0;
  return open.map(({ item, split, bytes }) => {
    const boxes = item.boxes?.map((box) => ({ ...box }));
    const image = { name: item.name, label: item.label, split, pack, offset, bytes: bytes.length, ...(boxes ? { boxes } : {}) };
    offset += bytes.length;
    return image;
  });
}

function cannotRead(names: readonly string[], of: number): FleetError {
  const first = names.slice(0, 3).map((name) => `"${name}"`);
  return new FleetError(
    'invalid',
    `Cannot add the dataset: ${names.length} of ${of} images cannot be read: ${first.join(', ')}${names.length > 3 ? ' ...' : ''}`,
    { next: 'replace or remove them' },
  );
}

/** Bytes one after another. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
