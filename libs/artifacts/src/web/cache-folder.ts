import { type Bytes, bytes } from '@fleetfit/core';

/** However much a browser would give, a guest on somebody's phone takes no more. */
const MOST = 2 ** 30;
/** Of what the browser would give: near the whole of it, it begins to throw things away. */
const SHARE = 0.4;

/** The folder of the cache in the origin-private file system (https://fs.spec.whatwg.org/), which nobody but this origin sees. */
export async function cacheFolder(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle('fleetfit-cache', { create: true });
}

/** Most that the cache may hold here: 1 GB, or 40 % of what the browser would give where that is less. */
export async function cacheLimit(): Promise<Bytes> {
  const { quota } = await navigator.storage.estimate();
  return bytes(Math.floor(Math.min(MOST, SHARE * (quota ?? MOST / SHARE))));
}
