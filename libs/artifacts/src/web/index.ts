export { type BlobKeeper, blobKeeper, keepBlobs } from './blob-keeper.ts';
export { cacheFolder, cacheLimit } from './cache-folder.ts';
export { opfsReader } from './opfs-reader.ts';
