/** Between the store and the worker that runs PGlite. Each request gets the answer with its number; one is under way at a time. */
export type PgliteRequest =
  /** `folder` undefined: in memory, for tests. */
  | { readonly kind: 'open'; readonly number: number; readonly folder: string | undefined }
  /** Bytes of PostgreSQL's wire protocol; the answer holds what the server sends back. */
  | { readonly kind: 'bytes'; readonly number: number; readonly bytes: Uint8Array }
  | { readonly kind: 'close'; readonly number: number };

export type PgliteAnswer =
  | { readonly number: number; readonly kind: 'done'; readonly bytes: Uint8Array }
  | { readonly number: number; readonly kind: 'failed'; readonly message: string; readonly code: string | undefined };
