export { type BlobCache, openBlobCache } from './node/blob-cache.ts';
export { type Authorize, type BlobHandler, type BlobHandlerOptions, blobHandler } from './node/blob-handler.ts';
export { type BlobStore, openBlobStore, type PutOptions, type StoredBlob } from './node/blob-store.ts';
export { type FetchedArtifact, fetchArtifact } from './node/fetch-artifact.ts';
export { type BlobSource, fetchBlob, forgetParts, loadBlob } from './node/fetch-blob.ts';
