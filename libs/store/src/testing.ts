import { Worker } from 'node:worker_threads';

/** The worker of PGlite for tests and whoever else runs our sources through tsx. Bundled apps make one from a file of their own. */
export const workerFromSource = (): Worker =>
  // Flags of this process (--input-type, say) are not for the worker.
  new Worker(new URL('./pglite-worker-from-source.mjs', import.meta.url), { execArgv: [] });
