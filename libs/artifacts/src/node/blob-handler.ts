import type { IncomingMessage, ServerResponse } from 'node:http';
import { FleetError, type Log, type Sha256 } from '@fleetfit/core';
import type { BlobStore } from './blob-store.ts';

/**
 * Whether the holder of a bearer may read a blob. A hash is a name, not a right.
 * @param bearer empty where the request has none
 * @throws FleetError `unauthenticated` (401) or `denied` (403)
 */
export type Authorize = (bearer: string, sha256: Sha256) => Promise<void>;

/** Answers `GET` and `HEAD` of `/t/<sha256>`, with Range; false for any other path, which is left to the caller. */
export type BlobHandler = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/** Serves a store over node:http(s). */
export function blobHandler(_store: BlobStore, _authorize: Authorize, _log?: Log): BlobHandler {
  throw new FleetError('bug', 'Cannot serve blobs: not built yet');
}
