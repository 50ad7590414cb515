import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { findLab } from './find-lab.ts';

const folder = mkdtempSync(join(tmpdir(), 'fleetfit-lab-'));
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('the folder of real models and images', () => {
  it('is where the environment says, but only with all that is needed of it', () => {
    vi.stubEnv('FLEETFIT_LAB', folder);
    mkdirSync(join(folder, 'data/models'), { recursive: true });
    expect(findLab('this test')).toBe(folder);
    expect(findLab('this test', ['data/models', 'data/other'])).toBeUndefined();
  });
});
