import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of real models and images that lies beside the repository on some machines, or undefined. */
export const lab: string | undefined = (() => {
  const folder = process.env['FLEETFIT_LAB'] ?? resolve(fileURLToPath(new URL('../../../../../shared', import.meta.url)));
  if (existsSync(`${folder}/data/models`)) return folder;
  console.warn(`Not run: tests that need real models and images, because ${folder} is not there`);
  return undefined;
})();
