import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FleetError } from '@fleetfit/core';
import { z } from 'zod';
import { reaching } from './reaching.ts';

const connectionFile = z.object({
  natsUrl: z.string().min(1),
  /** A user of the account that work items live in. */
  login: z.object({ jwt: z.string().min(1), seed: z.string().min(1) }),
  /** The folder of blobs that coordinator and compressors share. */
  blobsFolder: z.string().min(1),
});

/** How a compressor reaches its coordinator: the coordinator writes it, readable by its own user alone. */
export type ConnectionFile = z.output<typeof connectionFile>;

/** Where it lies in the home of a coordinator. */
const CONNECTION_FILE = 'compressor.json';

/** @throws FleetError `not-found` (no coordinator has run here), `invalid` */
export async function readConnectionFile(home: string): Promise<ConnectionFile> {
  const path = join(home, CONNECTION_FILE);
  const text = await reaching(path, () => readFile(path, 'utf8'));
  try {
    return connectionFile.parse(JSON.parse(text));
  } catch (cause) {
    throw new FleetError('invalid', `Cannot use "${path}": it is no connection file`, {
      cause,
      next: 'start the coordinator once more: it writes it',
    });
  }
}
