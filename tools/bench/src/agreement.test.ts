import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { worstOutput } from './agreement.ts';

it('a browser and node agree on the network of the demo; bench:agreement asks about every model of the lab', {
  timeout: 120_000,
}, async () => {
  const drinks = fileURLToPath(import.meta.resolve('@fleetfit/demo/drinks.onnx'));
  const { share, outputs } = await worstOutput({ folder: dirname(drinks), file: basename(drinks), most: 1 });
  expect(outputs).toBe(1);
  // Rounding of float32 through some twenty layers; equal to the last bit would mean that one was compared with itself.
  expect(share).toBeLessThan(1e-3);
  expect(share).toBeGreaterThan(0);
});
