/** Version of onnxruntime-web that these sources are written for; its files are served under this name. */
export const ORT_VERSION = '1.30.0';

/** Beyond four threads wasm gains little on phones, whose other cores are slow ones. */
const MOST_THREADS = 4;

/** How many threads a model gets here: half of the cores, at most four; one where the page is not cross-origin isolated. */
export function threadsHere(): number {
  if (!globalThis.crossOriginIsolated) return 1;
  return Math.max(1, Math.min(MOST_THREADS, Math.ceil((navigator.hardwareConcurrency || 1) / 2)));
}
