/** What a compressor tells the process that works for it: one item after another. */
export interface ToChild {
  readonly blobsFolder: string;
  readonly threads: number;
  /** A WorkItem on the wire. */
  readonly item: Uint8Array;
}

export type FromChild =
  | { readonly kind: 'progress'; readonly done: number; readonly what: string }
  /** A WorkResult on the wire, of which only the result counts. */
  | { readonly kind: 'result'; readonly result: Uint8Array };
