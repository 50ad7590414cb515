import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetError } from '@fleetfit/core';
import sharp from 'sharp';
import { SIDE } from './draw/canvas.ts';
import { drawDrink } from './draw/draw-drink.ts';
import type { StyleName } from './draw/style.ts';
import { CLASSES } from './draw/vessels.ts';

export interface WriteDatasetOptions {
  /** Folder to write into; one folder per class is made in it. */
  readonly out: string;
  /** Pictures in all, spread evenly over the classes. */
  readonly count: number;
  readonly seed: number | string;
  readonly style?: StyleName;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number) => void;
}

/**
 * Writes drawn drinks as an image folder: `<out>/<class>/<index>.png`. The same options write the same bytes.
 * @throws FleetError `invalid` for a count that gives a class nothing; the signal's reason when aborted
 */
export async function writeDataset(options: WriteDatasetOptions): Promise<void> {
  const { out, count, seed, style = 'table', signal, onProgress } = options;
  if (!Number.isInteger(count) || count < CLASSES.length)
    throw new FleetError('invalid', `Cannot draw ${count} images: at least one for each of the ${CLASSES.length} classes is needed`);
  for (const { name } of CLASSES) await mkdir(join(out, name), { recursive: true });
  for (let index = 0; index < count; index++) {
    signal?.throwIfAborted();
    const { label, pixels } = drawDrink({ seed, index, style });
    const png = await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
      .png()
      .toBuffer();
    await writeFile(join(out, CLASSES[label]?.name ?? '', `${String(index).padStart(6, '0')}.png`), png);
    onProgress?.(index + 1);
  }
}
