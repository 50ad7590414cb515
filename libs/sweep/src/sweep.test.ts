import { seededRng } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { chooseBest, frontOn } from './choose-best.ts';
import type { SweepEvent } from './events.ts';
import { jobOf, nextEffects } from './next-effects.ts';
import { applyEvent, foldEvents, ORIGINAL_ID } from './state.ts';
import { toldOf } from './tell.ts';
import { figures, ONE, runSweep, SWEEP, setupOf, TWO, type World } from './testing-sweep.ts';
import { viewSweep } from './view-sweep.ts';

const RECIPES = ['fast', 'small', 'wrong', 'odd'];

/** `fast` is twice as fast and right; `small` is as fast as the original; `wrong` is fastest and loses half; `odd` is refused. */
function world(): World {
  return {
    recipes: [...RECIPES],
    compress: ({ recipe }) =>
      recipe === 'odd' ? { refused: 'there is nothing odd in this model' } : { bytes: recipe === 'small' ? 100 : 500 },
    measure: ({ candidate, purpose }) => {
      const speed = { c001: 0.5, c002: 1, c003: 0.25 }[candidate as string] ?? 1;
      const ratio = { value: speed, low: speed * 0.98, high: speed * 1.02 };
      return figures({ ratio, top1: candidate === 'c003' ? '0000' : purpose === 'judge' ? '1110' : '1111' });
    },
  };
}

const live = { number: 1, now: 10, measuring: [], compressing: [] };

describe('a sweep', () => {
  it('runs from the first image to the judged winner of every class', () => {
    const state = foldEvents(SWEEP, runSweep(setupOf(), world()));
    const view = viewSweep(state, live);
    expect(view.state).toBe('done');
    expect(view.progress).toMatchObject({ total: 4, measured: 3, refused: 1, failed: 0, toCome: 0 });
    expect(view.classes.map((each) => each.best?.candidate)).toEqual(['c001', 'c001']);
    expect(view.classes[0]?.best?.test?.accuracy.value).toBe(0.75);
  });

  it('decides the same in whatever order its effects are done', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const rng = seededRng(seed);
      const state = foldEvents(
        SWEEP,
        runSweep(setupOf(), world(), (count) => rng.integer(Math.max(1, count))),
      );
      expect(
        viewSweep(state, live).classes.map((each) => each.best?.candidate),
        `seed ${seed}`,
      ).toEqual(['c001', 'c001']);
      expect([...state.candidates.values()].map((each) => each.recipe)).toEqual(['original', ...RECIPES]);
    }
  });

  it('goes on from any moment as if it had never stopped', () => {
    const events = runSweep(setupOf(), world());
    for (let stop = 1; stop < events.length; stop++) {
      const restarted = foldEvents(SWEEP, events.slice(0, stop));
      const next = nextEffects(restarted);
      const uninterrupted = events
        .slice(0, stop)
        .reduce((state, event) => applyEvent(state, SWEEP, event), undefined as ReturnType<typeof applyEvent> | undefined);
      expect(next).toEqual(uninterrupted && nextEffects(uninterrupted));
      expect(next.length, `after event ${stop}`).toBeGreaterThan(0);
    }
  });

  it('counts an event that comes twice once', () => {
    const events = runSweep(setupOf(), world());
    const twice = foldEvents(
      SWEEP,
      events.flatMap((event): SweepEvent[] => (event.kind === 'measured' || event.kind === 'judged' ? [event, event] : [event])),
    );
    expect(viewSweep(twice, live).candidates).toEqual(viewSweep(foldEvents(SWEEP, events), live).candidates);
  });

  it('splits the images of a candidate over the devices of a class, each image once', () => {
    const jobs = runUntil('measure').filter((effect) => effect.do === 'measure' && effect.candidate === ORIGINAL_ID);
    const state = stateBefore('measure');
    const images = jobs.map((effect) =>
      effect.do === 'measure'
        ? [
            effect.classId,
            jobOf(state, effect)
              .images.map((pack) => pack.blob?.sha256.slice(0, 1))
              .join(''),
          ]
        : [],
    );
    expect(images).toEqual([
      [ONE, 'cd'],
      [TWO, 'c'],
      [TWO, 'd'],
    ]);
  });

  it('measures the original first', () => {
    const jobs = stateEffects();
    const priorities = jobs.flatMap((effect) => (effect.do === 'measure' ? [effect.priority] : []));
    expect(Math.max(...priorities)).toBe(0);
    expect(jobs.find((effect) => effect.do === 'measure' && effect.priority === 0)).toMatchObject({ candidate: ORIGINAL_ID });
  });

  it('keeps a candidate that fails on one class and not on the other', () => {
    const failing = {
      ...world(),
      measure: (effect: Parameters<World['measure']>[0]) =>
        effect.classId === TWO && effect.candidate === 'c001' ? 'the runtime refused it' : world().measure(effect),
    };
    const view = viewSweep(foldEvents(SWEEP, runSweep(setupOf(), failing)), live);
    const [one, two] = view.candidates[1]?.classes ?? [];
    expect(one).toMatchObject({ state: 'measured' });
    expect(two).toMatchObject({ state: 'failed', why: 'the runtime refused it' });
    expect(view.classes.map((each) => each.best?.candidate)).toEqual(['c001', 'c002']);
  });

  it('does nothing while paused, and withdraws its jobs when cancelled', () => {
    const state = foldEvents(SWEEP, runSweep(setupOf(), world()).slice(0, 5));
    const paused = applyEvent(state, SWEEP, { kind: 'paused', at: 9 });
    expect(nextEffects(paused)).toEqual([]);
    expect(nextEffects(applyEvent(paused, SWEEP, { kind: 'resumed', at: 9 }))).toEqual(nextEffects(state));
    expect(nextEffects(applyEvent(paused, SWEEP, { kind: 'cancelled', at: 9 }))).toEqual([{ do: 'withdraw' }]);
  });

  it('asks for more when its budget grows', () => {
    const events = runSweep(setupOf({ candidates: 1 }), world());
    expect(foldEvents(SWEEP, events).candidates.size).toBe(2);
    const extended = foldEvents(SWEEP, [...events.filter((each) => each.kind !== 'finished'), { kind: 'extended', by: 2, at: 9 }]);
    expect(nextEffects(extended)).toContainEqual({ do: 'ask', count: 2 });
  });

  it('ignores what comes after its end', () => {
    const done = foldEvents(SWEEP, runSweep(setupOf(), world()));
    expect(applyEvent(done, SWEEP, { kind: 'extended', by: 5, at: 99 })).toBe(done);
  });
});

describe('what is chosen', () => {
  const state = foldEvents(SWEEP, runSweep(setupOf(), world()));

  it('puts on the front what nothing beats in accuracy and latency', () => {
    expect(frontOn(state, ONE).map((each) => each.candidate)).toEqual(['c003', 'c001']);
  });

  it('ships the fastest inside the limits, not the fastest', () => {
    expect(chooseBest(state, ONE)?.candidate).toBe('c001');
  });

  it('does not take the original for as fast as what was shown to be faster, however noisy its own runs were', () => {
    const noisy = {
      ...world(),
      measure: ({ candidate }: Parameters<World['measure']>[0]) => {
        if (candidate === 'c001') return figures({ ratio: { value: 0.6, low: 0.5, high: 0.7 }, top1: '1110' });
        return figures(candidate === ORIGINAL_ID ? { ratio: { value: 0.62, low: 0.4, high: 1 } } : {});
      },
    };
    const lenient = setupOf({ constraints: { accuracyDropPoints: 50 } });
    expect(chooseBest(foldEvents(SWEEP, runSweep(lenient, noisy)), ONE)?.candidate).toBe('c001');
  });

  it('does not ship a much slower one for its accuracy because its interval is wide', () => {
    const wide = {
      ...world(),
      measure: ({ candidate }: Parameters<World['measure']>[0]) => {
        const value = { c001: 0.5, c002: 0.7 }[candidate as string] ?? 1;
        return figures({ ratio: { value, low: value * 0.5, high: value * 2 }, top1: candidate === 'c001' ? '1110' : '1111' });
      },
    };
    const lenient = setupOf({ constraints: { accuracyDropPoints: 50 } });
    expect(chooseBest(foldEvents(SWEEP, runSweep(lenient, wide)), ONE)?.candidate).toBe('c001');
  });

  it('ships the smaller of two that are equally fast', () => {
    const even = { ...world(), measure: () => figures() };
    expect(chooseBest(foldEvents(SWEEP, runSweep(setupOf(), even)), ONE)?.candidate).toBe('c002');
  });

  it('shows the one to ship on the front, also where another is ahead by less than can be told apart', () => {
    const close = {
      ...world(),
      measure: ({ candidate }: Parameters<World['measure']>[0]) =>
        figures(candidate === 'c001' ? { ratio: { value: 0.998, low: 0.99, high: 1.006 } } : {}),
    };
    const [one] = viewSweep(foldEvents(SWEEP, runSweep(setupOf(), close)), live).classes;
    expect(one?.best?.candidate).toBe('c002');
    expect(one?.front).toEqual(['c001', 'c002']);
    expect(one?.best?.sentence).toContain('c001 is no better as far as was measured, and larger.');
  });

  it('says that nothing is to be shipped where no candidate keeps the limits', () => {
    const strict = foldEvents(SWEEP, runSweep(setupOf({ constraints: { latencyMs: 1 } }), world()));
    expect(chooseBest(strict, ONE)).toBeUndefined();
  });

  it('tells the sampler of every candidate on every class, with limits and refusals', () => {
    const told = toldOf(state).filter((each) => each.deviceClass === ONE);
    expect(told.map((each) => [each.recipe, each.outcome.kind])).toEqual([
      ['fast', 'measured'],
      ['small', 'measured'],
      ['wrong', 'infeasible'],
      ['odd', 'refused'],
    ]);
  });

  it('measures latency as the ratio times the usual time of the original, so that a slow hour cancels', () => {
    const drifting = {
      ...world(),
      measure: (effect: Parameters<World['measure']>[0]) => ({
        ...(world().measure(effect) as ReturnType<typeof figures>),
        controlP50Ms: effect.candidate === 'c001' ? 30 : 10,
      }),
    };
    const view = viewSweep(foldEvents(SWEEP, runSweep(setupOf(), drifting)), live);
    expect(view.candidates[1]?.classes[0]?.latencyMs?.value).toBeCloseTo(5, 5);
  });
});

function stateBefore(kind: string) {
  const events = runSweep(setupOf(), world());
  const at = events.findIndex((_, i) => nextEffects(foldEvents(SWEEP, events.slice(0, i + 1))).some((effect) => effect.do === kind));
  return foldEvents(SWEEP, events.slice(0, at + 1));
}
const runUntil = (kind: string) => nextEffects(stateBefore(kind));
function stateEffects() {
  return runUntil('measure');
}
