import { candidateId, deviceClassId, sweepId } from '@fleetfit/core';
import type { CandidateOnClass, CandidateView, SweepView } from '@fleetfit/sweep';
import { describe, expect, it } from 'vitest';
import { makePaint, widthOf } from './paint.ts';
import { renderFront, renderResult, renderSweep, shortLabel } from './render-sweep.ts';

const PI = deviceClassId('pi');
const around = (value: number, half: number) => ({ value, low: value - half, high: value + half });
const estimate = (value: number, half: number) => ({ ...around(value, half), variance: half ** 2, count: 8 });

function candidate(id: string, on: Partial<CandidateOnClass>, change: Partial<CandidateView> = {}): CandidateView {
  return {
    id: candidateId(id),
    isOriginal: id === 'c000',
    recipe: 'quantize',
    sentence: '8-bit weights and activations',
    state: 'measured',
    bytes: 3_200_000,
    history: [],
    classes: [{ id: PI, state: 'measured', onFront: true, latencyMs: estimate(15.1, 0.2), accuracy: estimate(0.714, 0.01), ...on }],
    ...change,
  };
}

const view: SweepView = {
  id: sweepId('s1'),
  number: 1,
  name: 'net on cups',
  state: 'done',
  goal: 'Then as fast as possible.',
  model: { id: 'net', name: 'net' },
  dataset: { id: 'cups', name: 'cups' },
  sampler: 'grid',
  objectives: ['accuracy', 'latency'],
  images: 400,
  classes: [
    {
      id: PI,
      label: 'Raspberry Pi 5',
      position: 0,
      devices: 1,
      limits: { accuracyDropPoints: 1 },
      front: [candidateId('c001')],
      best: { candidate: candidateId('c001'), sentence: 'Ship c001.' },
    },
  ],
  progress: { total: 2, measured: 1, refused: 1, failed: 0, measuring: 0, compressing: 0, toCome: 0, startedAt: 0, endedAt: 61_000 },
  candidates: [
    candidate('c000', {}),
    candidate('c001', { speed: around(2.55, 0.04), verdict: 'faster', accuracyChange: around(-0.5, 0.4), withinLimits: 'yes' }),
  ],
  log: [{ at: 0, text: 'c001 measured on Raspberry Pi 5' }],
};
const paint = makePaint({ colour: false });

describe('a sweep in the terminal', () => {
  it('says the answer in the last lines', () => {
    const text = renderResult(view, { paint, width: 100 }).join('\n');
    expect(text).toContain('Done in 1 min. 2 candidates: 1 measured, 1 refused, 0 failed.');
    expect(text).toContain('Ship 1 file to 1 device class');
    expect(text).toContain('15.1 ms ±0.2; 2.55× faster ±0.04; top-1 71.4 % (−0.5 pt ±0.4)');
  });

  it('never says that a slower candidate is a fraction as fast', () => {
    const slower = { ...view, candidates: [candidate('c001', { speed: around(0.8, 0.01), verdict: 'slower' })] };
    const text = renderResult(slower, { paint, width: 100 }).join('\n');
    expect(text).toContain('1.25× slower');
    expect(text).not.toContain('0.8');
  });

  it('shows the front with the best one marked', () => {
    const lines = renderFront(view, { paint, width: 100 });
    expect(lines.find((line) => line.includes('3.2 MB'))).toMatch(/★ c001 .* 3\.2 MB/);
  });

  it('fits 80 columns by leaving the size out', () => {
    const lines = renderSweep(view, [], { paint, width: 80 });
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(80);
    expect(lines.join('\n')).not.toContain('3.2 MB');
    expect(renderSweep(view, [], { paint, width: 120 }).join('\n')).toContain('3.2 MB');
  });

  it('says what is not sure of the winner, and that all is sure otherwise', () => {
    const [first] = view.classes;
    if (!first?.best) throw new Error('the view has a winner');
    const doubt = 'it may lose up to 3.4 points; more images would settle it';
    const unsure = { ...view, classes: [{ ...first, best: { ...first.best, doubt } }] };
    expect(renderResult(unsure, { paint, width: 100 }).join('\n')).toContain(`? ${doubt}`);
    expect(renderResult(unsure, { paint, width: 100 }).join('\n')).not.toContain('All limits hold');
    expect(renderResult(view, { paint, width: 100 }).join('\n')).toContain('All limits hold with 95 % confidence.');
  });

  it('leaves out the words that every processor carries', () => {
    expect(shortLabel('Intel(R) Core(TM) i7 CPU, node cpu, 2 threads')).toBe('Intel Core i7, node cpu, 2 threads');
  });
});
