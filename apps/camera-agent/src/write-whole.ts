import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FleetError } from '@fleetfit/core';

/**
 * Writes a file that is there whole or not at all, and survives the end of the process and of the machine: written aside, flushed,
 * renamed, and the folder flushed too.
 * @throws FleetError `exhausted` when the disk is full
 */
export async function writeWhole(path: string, bytes: Uint8Array | string, mode = 0o644): Promise<void> {
  const aside = `${path}.${randomUUID()}.part`;
  try {
    const file = await open(aside, 'wx', mode);
    try {
      await file.writeFile(bytes);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
    await flushFolder(dirname(path));
  } catch (cause) {
    await rm(aside, { force: true });
    const full = cause instanceof Error && 'code' in cause && (cause.code === 'ENOSPC' || cause.code === 'EDQUOT');
    throw new FleetError(full ? 'exhausted' : 'unavailable', `Cannot write ${path}: ${full ? 'the disk is full' : String(cause)}`, {
      cause,
    });
  }
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
