import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { featuresIn, hostFacts } from './host-facts.ts';

describe('hostFacts', () => {
  it('says the same every time, and does not show the id of the machine', () => {
    const folder = mkdtempSync(join(tmpdir(), 'fleetfit-facts-'));
    const facts = hostFacts({ folder });
    expect(facts.hostId).toMatch(/^h-[0-9a-f]{16}$/);
    expect(hostFacts({ folder })).toEqual(facts);
    expect(facts.cores).toBeGreaterThan(0);
    expect(facts.memory).toBeGreaterThan(100e6);
    expect(facts.cpu).not.toBe('');
    rmSync(folder, { recursive: true });
  });
});

describe('featuresIn', () => {
  it('keeps what decides kernels on x86, sorted', () => {
    expect(featuresIn('processor\t: 0\nflags\t\t: fpu vme avx512_vnni avx2 avx_vnni\nbugs\t\t: x\n')).toEqual([
      'avx2',
      'avx512_vnni',
      'avx_vnni',
    ]);
  });

  it('reads the line that ARM has', () => {
    expect(featuresIn('processor\t: 0\nFeatures\t: fp asimd evtstrm crc32 asimdhp cpuid asimddp i8mm\n')).toEqual([
      'asimd',
      'asimddp',
      'asimdhp',
      'i8mm',
    ]);
  });

  it('finds none where there is no such line', () => {
    expect(featuresIn('')).toEqual([]);
  });
});
