import { describe, expect, it } from 'vitest';
import { candidateId, deviceClassOf, FleetError, isRefusal, refuse, seededRng, sha256, toFleetError } from './index.ts';

describe('ids', () => {
  it.each(['', '../etc', 'a b', 'a.b', '-a', 'a/b', 'a'.repeat(81), 'ä'])('refuse "%s": they become file names and subjects', (text) => {
    expect(() => candidateId(text)).toThrow(FleetError);
  });

  it('take letters, digits, hyphens and underscores', () => {
    expect(candidateId('c001-a_B')).toBe('c001-a_B');
  });

  it('take a hash only in lower-case hex of the right length', () => {
    expect(sha256('0f'.repeat(32))).toHaveLength(64);
    for (const wrong of ['0F'.repeat(32), '0f'.repeat(31), `${'0f'.repeat(31)}0g`]) expect(() => sha256(wrong)).toThrow('SHA-256');
  });
});

describe('a seeded Rng', () => {
  it('gives the same numbers for the same seed and others for another', () => {
    const numbers = (seed: number | string) => Array.from({ length: 5 }, seededRng(seed).next);
    expect(numbers('a')).toEqual(numbers('a'));
    expect(numbers('a')).not.toEqual(numbers('b'));
    expect(numbers(1)).not.toEqual(numbers(2));
  });

  it('is uniform in [0, 1): mean and variance of 20,000 numbers', () => {
    const { next } = seededRng(7);
    const numbers = Array.from({ length: 20_000 }, next);
    const mean = numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
    const variance = numbers.reduce((sum, each) => sum + (each - mean) ** 2, 0) / numbers.length;
    // Standard errors are 0.002 and 0.0005.
    expect(mean).toBeCloseTo(0.5, 2);
    expect(variance).toBeCloseTo(1 / 12, 2);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
  });

  it('shuffles a copy and loses nothing', () => {
    const items = [1, 2, 3, 4, 5, 6, 7, 8];
    const shuffled = seededRng(3).shuffled(items);
    expect(items).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(shuffled).not.toEqual(items);
    expect([...shuffled].sort()).toEqual(items);
  });

  it('draws standard normal numbers', () => {
    const { normal } = seededRng(5);
    const numbers = Array.from({ length: 20_000 }, normal);
    const variance = numbers.reduce((sum, each) => sum + each ** 2, 0) / numbers.length;
    expect(variance).toBeCloseTo(1, 1);
  });
});

describe('device classes', () => {
  const facts = {
    cpu: 'BCM2712',
    features: ['b', 'a'],
    os: 'linux',
    arch: 'arm64',
    runtime: 'node',
    runtimeVersion: '1.30.0',
    provider: 'cpu',
    threads: 2,
    isolated: true,
  } as const;

  it('are one for equal facts, in whatever order features are listed', () => {
    expect(deviceClassOf({ ...facts, features: ['a', 'b'] }).id).toBe(deviceClassOf(facts).id);
  });

  it.each([{ threads: 1 }, { runtimeVersion: '1.31.0' }, { features: ['a'] }, { isolated: false }, { provider: 'xnnpack' }])(
    'differ by %o',
    (change) => {
      expect(deviceClassOf({ ...facts, ...change }).id).not.toBe(deviceClassOf(facts).id);
    },
  );

  it('have an id that is safe in a path, whatever the processor is called', () => {
    expect(deviceClassOf({ ...facts, cpu: 'Intel(R) Xeon(R) @ 2.00GHz / "x"' }).id).toMatch(/^[a-z0-9-]+$/);
  });
});

describe('errors', () => {
  it('keep what was thrown and say what was being done', () => {
    const cause = new TypeError('x is not a function');
    const error = toFleetError(cause, 'Cannot fold');
    expect(error).toMatchObject({ code: 'bug', message: 'Cannot fold: x is not a function', cause });
    expect(toFleetError(error, 'again')).toBe(error);
  });

  it('know a cancelled wait from a fault', () => {
    expect(toFleetError(new DOMException('stop', 'AbortError'), 'Cannot wait').code).toBe('cancelled');
  });

  it('are not refusals', () => {
    expect(isRefusal(refuse('no'))).toBe(true);
    for (const other of [undefined, null, 'refused', new FleetError('denied', 'no'), { kind: 'failed' }])
      expect(isRefusal(other)).toBe(false);
  });
});
