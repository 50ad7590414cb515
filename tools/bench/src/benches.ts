import type { Bench } from './bench.ts';

/** Every bench by its name: to add one, write a file that exports `bench` and add a line here and to the scripts of the root. */
export const benches: Readonly<Record<string, () => Promise<{ readonly bench: Bench }>>> = {
  agreement: () => import('./agreement.ts'),
  compress: () => import('./compress.ts'),
  dashboard: () => import('./dashboard.ts'),
  loop: () => import('./loop.ts'),
  onnx: () => import('./onnx.ts'),
  phone: () => import('./phone.ts'),
  search: () => import('./search.ts'),
  'search-real': () => import('./search-real.ts'),
};
