import { FleetError } from '@fleetfit/core';

/** A file opened for this worker alone; there is no such thing on a page. https://fs.spec.whatwg.org/#api-filesystemsyncaccesshandle */
export interface SyncFile {
  getSize(): number;
  write(bytes: Uint8Array, options: { readonly at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

interface FileHandle extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<SyncFile>;
  /** Not everywhere yet. */
  move?(folder: FileSystemDirectoryHandle, name: string): Promise<void>;
}

/** Opens a file to write, making it where it is missing. */
export async function openFile(folder: FileSystemDirectoryHandle, name: string): Promise<SyncFile> {
  const handle = (await folder.getFileHandle(name, { create: true })) as FileHandle;
  return handle.createSyncAccessHandle();
}

/** The file as it is now, or undefined where there is none. */
export async function readFile(folder: FileSystemDirectoryHandle, name: string): Promise<File | undefined> {
  try {
    return await (await folder.getFileHandle(name)).getFile();
  } catch (thrown) {
    if (isNamed(thrown, 'NotFoundError')) return undefined;
    throw thrown;
  }
}

export async function removeFile(folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  await folder.removeEntry(name).catch((thrown: unknown) => {
    if (!isNamed(thrown, 'NotFoundError')) throw thrown;
  });
}

/** Moves a file from one folder to another under its name; where the browser cannot, its bytes are written again. */
export async function moveFile(name: string, from: FileSystemDirectoryHandle, to: FileSystemDirectoryHandle): Promise<void> {
  const handle = (await from.getFileHandle(name)) as FileHandle;
  if (handle.move) return handle.move(to, name);
  const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
  await replaceFile(to, name, bytes);
  await removeFile(from, name);
}

export async function replaceFile(folder: FileSystemDirectoryHandle, name: string, bytes: Uint8Array): Promise<void> {
  const file = await openFile(folder, name);
  try {
    file.truncate(0);
    file.write(bytes, { at: 0 });
    file.flush();
  } finally {
    file.close();
  }
}

/** What storage says of itself, as our error. */
export function storageError(doing: string, thrown: unknown): FleetError {
  if (thrown instanceof FleetError) return thrown;
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  if (isNamed(thrown, 'QuotaExceededError'))
    return new FleetError('exhausted', `Cannot ${doing}: this browser gives no more space`, {
      cause: thrown,
      next: 'free some space on the device',
    });
  return new FleetError('unavailable', `Cannot ${doing}: ${why}`, { cause: thrown });
}

const isNamed = (thrown: unknown, name: string): boolean => thrown instanceof Error && thrown.name === name;
