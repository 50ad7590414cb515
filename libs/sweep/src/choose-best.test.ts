import { describe, expect, it } from 'vitest';
import { chooseBest } from './choose-best.ts';
import type { Figures } from './events.ts';
import { foldEvents, ORIGINAL_ID } from './state.ts';
import { figures, ONE, runSweep, SWEEP, setupOf } from './testing-sweep.ts';
import { viewSweep } from './view-sweep.ts';

const IMAGES = 4_000;
/** Right on all but so many of the first images. */
const wrong = (count: number): string => '0'.repeat(count) + '1'.repeat(IMAGES - count);

/** What one candidate needs as a multiple of the original's time, with its interval, and how many images it loses. */
interface Finding {
  readonly time: readonly [low: number, value: number, high: number];
  readonly loses?: number;
  readonly bytes?: number;
}

/** A sweep in which candidates c001, c002 ... were found so; the original is 1000 bytes. */
function sweepOf(findings: readonly Finding[], input: Parameters<typeof setupOf>[0] = {}) {
  const found = (id: string): Finding | undefined => findings[Number(id.slice(1)) - 1];
  const measured = (id: string): Figures => {
    const { time = [1, 1, 1], loses = 0 } = found(id) ?? {};
    return figures({ ratio: { low: time[0], value: time[1], high: time[2] }, top1: wrong(loses) });
  };
  const events = runSweep(setupOf({ candidates: findings.length, constraints: { accuracyDropPoints: 1 }, ...input }), {
    recipes: findings.map((_, at) => `r${at}`),
    compress: ({ candidate }) => ({ bytes: found(candidate)?.bytes ?? 500 }),
    measure: ({ candidate }) => measured(candidate),
  });
  return foldEvents(SWEEP, events);
}

const best = (...args: Parameters<typeof sweepOf>): string | undefined => chooseBest(sweepOf(...args), ONE)?.candidate;
const said = (...args: Parameters<typeof sweepOf>): string =>
  viewSweep(sweepOf(...args), { number: 1, now: 0, measuring: [], compressing: [] }).classes[0]?.best?.sentence ?? '';

describe('the one to ship', () => {
  it('is never slower than the original by its best guess, however wide its interval and however accurate it is', () => {
    expect(best([{ time: [0.5, 1.01, 2], bytes: 10 }])).toBe(ORIGINAL_ID);
    expect(said([{ time: [0.5, 1.01, 2], bytes: 10 }])).toBe('Ship the original: nothing was shown to be better inside the limits.');
  });

  it('is one that was shown to be faster, before one that may be faster still', () => {
    const findings: Finding[] = [{ time: [0.8, 0.85, 0.9] }, { time: [0.2, 0.5, 1.1] }];
    expect(best(findings)).toBe('c001');
    expect(said(findings)).toContain('c002 may be 2.00 times as fast as the original, but that is not shown yet.');
  });

  it('says that its advantage is not shown, where nothing better was found', () => {
    expect(said([{ time: [0.3, 0.6, 1.1] }])).toContain('Ship c001: perhaps 1.67 times as fast as the original (0.87–3.19, not shown yet)');
  });

  it('is one that is sure to keep the limits, if it costs little, and the other is named', () => {
    const findings: Finding[] = [{ time: [0.5, 0.5, 0.5], loses: 30 }, { time: [0.57, 0.57, 0.57] }];
    expect(best(findings)).toBe('c002');
    expect(said(findings)).toContain('c001 needs 12 % less time but may lose up to 1.0 points; more images would settle it.');
  });

  it('is one that only seems to keep the limits where a sure one would cost much, and that is said', () => {
    const findings: Finding[] = [{ time: [0.5, 0.5, 0.5], loses: 30 }, { time: [0.9, 0.9, 0.9] }];
    expect(best(findings)).toBe('c001');
    expect(said(findings)).toContain('Unclear: it may lose up to 1.0 points; more images would settle it.');
  });

  it('may be slower than the original where the original breaks a limit, and says so', () => {
    const findings: Finding[] = [{ time: [1.2, 1.2, 1.2], bytes: 100 }];
    expect(best(findings, { constraints: { sizeBytes: 200 } })).toBe('c001');
    expect(said(findings, { constraints: { sizeBytes: 200 } })).toContain('1.20 times slower than the original');
  });

  it('is the smallest where that is the aim', () => {
    const findings: Finding[] = [
      { time: [0.5, 0.5, 0.5], bytes: 500 },
      { time: [1, 1, 1], bytes: 200 },
    ];
    expect(best(findings, { objectives: ['accuracy', 'size'] })).toBe('c002');
  });

  it('says where the limit of latency may be broken', () => {
    // The original takes 10 ms.
    expect(said([{ time: [0.5, 0.6, 0.7] }], { constraints: { latencyMs: 6.5 } })).toContain(
      'Unclear: it may take up to 7.10 ms; more runs would settle it.',
    );
  });
});
