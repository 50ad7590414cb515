/** What only the build knows: names with hashes in them. tools/build puts it in place of this name. */
declare const FLEETFIT_BUILD: {
  readonly measureWorker: string;
  readonly blobsWorker: string;
  readonly selfTestWorker: string;
  /** Folder of onnxruntime-web's own files. */
  readonly onnxruntime: string;
  /** Everything that the page needs to open, for the service worker. */
  readonly shell: readonly string[];
};

export const BUILD = FLEETFIT_BUILD;
