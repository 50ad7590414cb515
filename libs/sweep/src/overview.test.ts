import { candidateId, deviceId } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { bestHistory } from './best-history.ts';
import { compareCandidates } from './compare-candidates.ts';
import { crowdOf } from './crowd.ts';
import { type AttemptFacts, timelineOf } from './device-timeline.ts';
import { estimateSweep } from './estimate-sweep.ts';
import { knobLines } from './knob-lines.ts';
import type { CandidateRow } from './overview-views.ts';
import { foldEvents, withLimits } from './state.ts';
import { overviewOf, rowOf } from './sweep-overview.ts';
import { figures, ONE, runSweep, SWEEP, setupOf, TWO } from './testing-sweep.ts';
import { viewPortfolio } from './view-portfolio.ts';
import { viewSweep } from './view-sweep.ts';

const IMAGES = 2_000;
const wrong = (count: number): string => '0'.repeat(count) + '1'.repeat(IMAGES - count);

interface Found {
  readonly recipe: string;
  /** Time as a multiple of the original's, on each class. */
  readonly times: readonly [number, number];
  readonly loses?: number;
  readonly bytes?: number;
}

const FOUND: readonly Found[] = [
  { recipe: 'quantize{bits=8}', times: [0.5, 1.3], loses: 10, bytes: 250 },
  { recipe: 'quantize{bits=8} | prune{share=0.25}', times: [0.45, 1.1], loses: 30, bytes: 200 },
  { recipe: 'store{bits=16}', times: [1.02, 0.8], bytes: 500 },
  { recipe: 'store{bits=16} | prune{share=0.5}', times: [0.9, 0.7], loses: 90, bytes: 300 },
];

function sweepOf(found: readonly Found[] = FOUND) {
  const at = (id: string): Found | undefined => found[Number(id.slice(1)) - 1];
  const events = runSweep(setupOf({ candidates: found.length, constraints: { accuracyDropPoints: 1 } }), {
    recipes: found.map(({ recipe }) => recipe),
    compress: ({ candidate }) => ({ bytes: at(candidate)?.bytes ?? 500 }),
    measure: ({ candidate, classId }) => {
      const time = at(candidate)?.times[classId === ONE ? 0 : 1] ?? 1;
      return figures({ ratio: { value: time, low: time * 0.99, high: time * 1.01 }, top1: wrong(at(candidate)?.loses ?? 0) });
    },
  });
  return foldEvents(SWEEP, events);
}

const live = { number: 1, now: 0, measuring: [], compressing: [] };
const state = sweepOf();
const view = viewSweep(state, live);
const rows = view.candidates.map(rowOf);
const rowAt = (all: readonly CandidateRow[], at: number): CandidateRow => {
  const row = all[at];
  if (!row) throw new Error(`there is no row ${at}`);
  return row;
};

describe('the overview', () => {
  const overview = overviewOf(state, view, 'r1');

  it('brings along the original and what stands on a front, and of the others only how many there are', () => {
    expect(overview.shown.map(({ id }) => id)).toContain('c000');
    expect(
      overview.shown.every(
        (one) => one.isOriginal || one.classes.some((on) => on.onFront) || overview.classes.some((each) => each.sizeFront.includes(one.id)),
      ),
    ).toBe(true);
    expect(overview.counts.all).toBe(5);
    expect(overview).not.toHaveProperty('candidates');
  });

  it('has a front by size, smallest first', () => {
    expect(overview.classes[0]?.sizeFront[0]).toBe('c002');
    expect(overview.classes[0]?.sizeFront.at(-1)).toBe('c003');
  });

  it('tells who was the best when it came, as long as the limits held', () => {
    expect(bestHistory(state, ONE).map(({ candidate, index }) => [candidate, index])).toEqual([
      ['c000', 0],
      ['c001', 1],
    ]);
  });

  it('says what would be best with other limits, and leaves the sweep as it is', () => {
    const looser = withLimits(state, { constraints: { accuracyDropPoints: 5 }, classConstraints: {} });
    expect(overviewOf(looser, viewSweep(looser, live), '').classes[0]?.best?.candidate).toBe('c002');
    expect(overview.classes[0]?.best?.candidate).toBe('c001');
  });
});

describe('the crowd', () => {
  const range = { across: 'latency', x: [1, 100], y: [-5, 1] } as const;

  it('is drawn one by one while it is small', () => {
    const [one] = crowdOf(rows, [ONE], { range });
    expect(one).toMatchObject({
      kind: 'marks',
      ids: rows.filter((row) => !row.isOriginal && !row.classes[0]?.onFront).map(({ id }) => id),
    });
  });

  it('is a density where it is large, in which nobody is lost', () => {
    const many = Array.from({ length: 50 }, (_, at) => ({ ...rowAt(rows, 4), id: candidateId(`c${at + 100}`) }));
    const dominated = many.map((row) => ({ ...row, classes: row.classes.map((on) => ({ ...on, onFront: false })) }));
    const [one] = crowdOf(dominated, [ONE], { range, most: 10 });
    if (one?.kind !== 'density') throw new Error('it is no density');
    expect(one.counts.reduce((sum, count) => sum + count, 0) + one.below.reduce((sum, count) => sum + count, 0)).toBe(50);
  });
});

it('reads knobs off recipes: steps, arguments, and what came of them', () => {
  const { axes, lines } = knobLines(rows);
  expect(axes.map(({ name }) => name)).toEqual([
    'quantize bits',
    'prune share',
    'store bits',
    'latency one',
    'latency two',
    'change',
    'size',
  ]);
  expect(axes[1]?.levels).toEqual(['0.25', '0.5']);
  expect(axes[1]?.finds).toEqual(['share=0.25', 'share=0.5']);
  const [first] = lines;
  expect(first?.at.slice(0, 3)).toEqual([0, -1, -1]);
});

describe('a comparison', () => {
  const compare = (...ids: string[]) =>
    compareCandidates(state, ids.map(candidateId), {
      of: (id) => rows.find((row) => row.id === id),
      original: rowAt(rows, 0),
      images: IMAGES,
    });

  it('says what the second is against the first, on every class, and which steps differ', () => {
    const compared = compare('c001', 'c002');
    expect(compared.sentence).toMatch(
      /^c002 is faster than c001 on all 2 classes; it is less accurate\. It needs 10 to 15 % less time and 50 bytes less\./,
    );
    expect(compared.steps).toEqual([
      { word: 'quantize', texts: ['quantize{bits=8}', 'quantize{bits=8}'], same: true },
      { word: 'prune', texts: [undefined, 'prune{share=0.25}'], same: false },
    ]);
  });

  // Two devices of the second class answered, each on images of its own.
  it('pairs the images of the two, and names those on which they differ', () => {
    const { disagreement, figures: all } = compare('c001', 'c002');
    expect(disagreement).toMatchObject({ first: 40, second: 0 });
    expect(disagreement?.onlyFirst[0]).toBe(10);
    expect(all.find(({ metric }) => metric === 'top-1')).toMatchObject({ verdict: 'worse', difference: { value: -1 } });
  });

  it('says how many images would settle what is unclear', () => {
    expect(compare('c001', 'c003').settle).toBeUndefined();
    const close = sweepOf([
      { recipe: 'a', times: [0.5, 0.5], loses: 18 },
      { recipe: 'b', times: [0.6, 0.6] },
    ]);
    const closeRows = viewSweep(close, live).candidates.map(rowOf);
    const of = (id: string) => closeRows.find((row) => row.id === id);
    const settle = compareCandidates(close, ['c001', 'c002'].map(candidateId), {
      of,
      original: rowAt(closeRows, 0),
      images: IMAGES,
    }).settle;
    expect(settle?.images).toBeGreaterThan(IMAGES);
    expect(settle?.recipes).toEqual(['a', 'b']);
  });

  it('refuses a candidate that there is not', () => {
    expect(() => compare('c001', 'c099')).toThrow('Cannot compare c099');
  });
});

describe('a portfolio', () => {
  it('suggests as many files as classes differ, and says what one file for all would cost', () => {
    const portfolio = viewPortfolio(state);
    expect(portfolio?.suggested).toBe(2);
    expect(portfolio?.choices[1]?.files).toEqual(['c001', 'c003']);
    expect(portfolio?.sentence).toMatch(
      /^Ship 2 files to 2 device classes: no class is slower than with its own best\. One file for all would make /,
    );
  });

  it('adds no file that helps nobody', () => {
    expect(viewPortfolio(state)?.choices[2]?.files).toEqual(['c001', 'c003']);
  });

  it('never serves a class with a file that breaks its limit of accuracy', () => {
    expect(viewPortfolio(state)?.choices.some(({ files }) => files.includes(candidateId('c004')))).toBe(false);
  });
});

describe('the timeline', () => {
  const attempt = (device: string, leasedAt: number, more: Partial<AttemptFacts> = {}): AttemptFacts => ({
    device: deviceId(device),
    classId: ONE,
    candidate: candidateId('c001'),
    leasedAt,
    endedAt: leasedAt + 10,
    state: 'done',
    ...more,
  });

  it('has a lane for every device, by class and name, and says what came of each try', () => {
    const timeline = timelineOf(
      [attempt('b', 0, { classId: TWO, state: 'lost' }), attempt('z', 5), attempt('a', 20, { endedAt: undefined, state: 'leased' })],
      [ONE, TWO],
      { from: 0, to: 100, nameOf: (device) => device },
    );
    expect(timeline.lanes.map(({ name, spans }) => [name, spans.map((span) => span.state)])).toEqual([
      ['a', ['measuring']],
      ['z', ['done']],
      ['b', ['failed']],
    ]);
    expect(timeline.busy).toEqual([]);
  });

  it('shows a page of lanes and how busy each class was where there are many', () => {
    const many = Array.from({ length: 100 }, (_, at) => attempt(`d${String(at).padStart(3, '0')}`, 0, { endedAt: at < 50 ? 100 : 0 }));
    const timeline = timelineOf(many, [ONE], { from: 0, to: 100, offset: 80, nameOf: (device) => device });
    expect(timeline.total).toBe(100);
    expect(timeline.lanes).toHaveLength(20);
    expect(timeline.busy[0]?.shares.every((share) => Math.abs(share - 0.5) < 0.02)).toBe(true);
  });
});

describe('an estimate', () => {
  const setup = setupOf({ candidates: 10, constraints: { latencyMs: 6 } });

  it('knows nothing of a model that was never swept', () => {
    const estimate = estimateSweep(setup, []);
    expect(estimate.classes.map(({ outlook }) => outlook)).toEqual(['unknown', 'unknown']);
    expect(estimate.time).toBeUndefined();
  });

  it('goes by what earlier sweeps of the model found', () => {
    const [one, two] = estimateSweep(setup, [state]).classes;
    // The original takes 10 ms: 6 ms need 1.67 times; 2 times was found on the first class, 1.25 on the second.
    expect(one).toMatchObject({ outlook: 'likely', why: 'needs 1.67×; an earlier sweep found 2.00×' });
    expect(two?.outlook).toBe('possible');
  });

  it('says how small a loss so many images can tell', () => {
    expect(estimateSweep(setupOf({ images: 1 }), []).tellsPoints).toBeGreaterThan(estimateSweep(setup, []).tellsPoints);
  });
});
