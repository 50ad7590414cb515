import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BESIDE_THE_REPOSITORY = fileURLToPath(new URL('../../../../../shared', import.meta.url));

/**
 * The folder of real models and images that lies beside the repository on some machines, or at `FLEETFIT_LAB`; undefined where what is
 * needed of it is missing, and then a line says whose tests do not run.
 * @param needed folders in it, such as `data/models`
 */
export function findLab(whose: string, needed: readonly string[] = ['data/models']): string | undefined {
  const lab = process.env['FLEETFIT_LAB'] ?? BESIDE_THE_REPOSITORY;
  const missing = needed.find((folder) => !existsSync(join(lab, folder)));
  if (missing === undefined) return lab;
  console.warn(`${whose}: tests on real models and images do not run, because ${join(lab, missing)} is not there`);
  return undefined;
}
