import { bytes, milliseconds, seededRng } from '@fleetfit/core';
import { Phase } from '@fleetfit/protocol';
import type { Tensor } from '@fleetfit/runtime';
import { median } from '@fleetfit/stats';
import { describe, expect, it } from 'vitest';
import { type MeasureTask, measure } from './measure.ts';
import { type SimulatedDevice, type SimulatedDeviceOptions, type SimulatedModel, simulatedDevice } from './simulated-device.ts';

const settings = { blocks: 8, blockMs: 200, warmUpMs: 1_000, precision: 0.02 };
const imageOf = (value: number): Tensor => ({ type: 'float32', dims: [1, 1], data: Float32Array.of(value) });

interface Trial {
  readonly candidate: SimulatedModel;
  readonly control?: SimulatedModel;
  readonly device?: Partial<SimulatedDeviceOptions>;
  readonly task?: Partial<MeasureTask>;
}

function setUp({ candidate, control = { runMs: 10 }, device = {}, task = {} }: Trial, seed = 1): MeasureTask & { device: SimulatedDevice } {
  const made = simulatedDevice({ rng: seededRng(seed), ...device });
  return {
    device: made,
    runtime: made.runtime,
    open: { provider: 'cpu', threads: 1, optimization: 'all' },
    candidate: async () => made.model(candidate),
    control: async () => made.model(control),
    images: { count: 20, at: async (index) => imageOf(index) },
    input: 'x',
    settings,
    top: 2,
    clock: made.clock,
    resolution: milliseconds(device.resolution ?? 0),
    rng: seededRng(`${seed} bootstrap`),
    peakMemory: () => undefined,
    signal: new AbortController().signal,
    ...task,
  };
}

// Throttled more and more, as a phone that gets hot: in five seconds it loses 60 % of its speed.
const heating = (now: number): number => 1 / (1 - 0.6 * Math.min(1, now / 5_000));

describe('measure on a device that slows down meanwhile', () => {
  const truth = 0.78;
  const trial = { candidate: { runMs: 7.8 }, device: { slowdown: heating } };

  it('finds the ratio within 3 %, where timing one model after the other is far off', async () => {
    const seeds = [1, 2, 3, 4, 5, 6, 7, 8];
    for (const seed of seeds) {
      const { ratio } = await measure(setUp(trial, seed));
      expect(Math.abs((ratio?.value ?? 0) / truth - 1), `seed ${seed}`).toBeLessThan(0.03);
      expect(Math.abs((await oneAfterTheOther(seed)) / truth - 1), `seed ${seed}`).toBeGreaterThan(0.3);
    }
  });

  async function oneAfterTheOther(seed: number): Promise<number> {
    const { device, open } = setUp(trial, seed);
    const timed = async (runMs: number): Promise<number> => {
      const session = await device.runtime.open(device.model({ runMs }), open);
      const samples: number[] = [];
      for (let i = 0; i < 200; i++) {
        const before = device.clock.monotonic();
        await session.run({ x: imageOf(0) });
        samples.push(device.clock.monotonic() - before);
      }
      return median(samples);
    };
    const control = await timed(10);
    return (await timed(7.8)) / control;
  }

  it('says that the device never became steady', async () => {
    const { notes } = await measure(setUp({ ...trial, task: { settings: { ...settings, warmUpMs: 500 } } }));
    expect(notes).toContain('not steady after 500 ms of warm-up');
  });
});

describe('measure', () => {
  it('times in the order control, candidate, candidate, control', async () => {
    const { blocks, ratio } = await measure(setUp({ candidate: { runMs: 5 }, task: { settings: { ...settings, precision: 0.0001 } } }));
    expect(blocks.map(({ control }) => (control ? 'C' : 'X')).join('')).toBe('CXXCCXXCCXXCCXXC');
    expect(blocks.map(({ index }) => index)).toEqual([...blocks.keys()]);
    for (const { sampleMs } of blocks) expect(sampleMs.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(195);
    expect(ratio?.low).toBeLessThanOrEqual(ratio?.value ?? 0);
  });

  it('stops early once the ratio is precise enough, and not before three brackets', async () => {
    const many = { ...settings, blocks: 100, precision: 0.05 };
    const { blocks } = await measure(setUp({ candidate: { runMs: 5 }, task: { settings: many } }));
    expect(blocks).toHaveLength(12);
  });

  it('measures a model against itself as 1', async () => {
    const { ratio } = await measure(setUp({ candidate: { runMs: 10 } }));
    expect(ratio?.value).toBeCloseTo(1, 1);
    expect(ratio?.low).toBeLessThan(1.01);
    expect(ratio?.high).toBeGreaterThan(0.99);
  });

  it('gives quantiles of single runs', async () => {
    const { p50Ms, p90Ms, p95Ms, controlP50Ms } = await measure(setUp({ candidate: { runMs: 5 }, device: { noise: 0.2 } }));
    // Log-normal: exp(0.2 * 1.2816) = 1.292 and exp(0.2 * 1.6449) = 1.390 of the median; 5 % for some 320 runs.
    expect((p50Ms?.value ?? 0) / 5).toBeCloseTo(1, 1);
    expect((p90Ms?.value ?? 0) / 6.46).toBeCloseTo(1, 1);
    expect((p95Ms?.value ?? 0) / 6.95).toBeCloseTo(1, 1);
    expect((controlP50Ms?.value ?? 0) / 10).toBeCloseTo(1, 1);
    expect(p90Ms?.low).toBeLessThan(p90Ms?.high ?? 0);
  });

  it('takes many runs as one sample where the clock is coarse', async () => {
    const { blocks, ratio, p50Ms } = await measure(
      setUp({ candidate: { runMs: 0.02 }, control: { runMs: 0.05 }, device: { resolution: 0.1 } }),
    );
    const candidate = blocks.find(({ control }) => !control);
    expect((candidate?.runs ?? 0) * 0.02).toBeGreaterThan(19 * 0.1);
    expect((ratio?.value ?? 0) / 0.4).toBeCloseTo(1, 1);
    expect((p50Ms?.value ?? 0) / 0.02).toBeCloseTo(1, 1);
  });

  it('runs at least five times a block, however slow the model', async () => {
    const { blocks } = await measure(setUp({ candidate: { runMs: 3_000 }, task: { settings: { ...settings, blocks: 2 } } }));
    expect(blocks.map(({ sampleMs }) => sampleMs.length >= 5)).toEqual([true, true, true, true]);
  });

  it('tells loading, the first run, and the memory that the candidate alone added', async () => {
    const peaks = [100, 175, 500];
    const found = await measure(setUp({ candidate: { runMs: 7 }, task: { peakMemory: () => bytes(peaks.shift() ?? 900) } }));
    expect(found.memoryBytes).toBe(75);
    expect(found.loadMs / 70).toBeCloseTo(1, 1);
    expect(found.firstRunMs / 7).toBeCloseTo(1, 1);
    expect(found.durationMs).toBeGreaterThan(1_000);
  });

  it('returns the best classes of every image, in order, and notes scores that are not numbers', async () => {
    const scores = (image: Tensor): number[] => {
      const index = Number(image.data[0]);
      return index === 3 ? [Number.NaN, Number.NaN, 2] : [index % 2, 0.5, 0.25];
    };
    const { classes, notes } = await measure(setUp({ candidate: { runMs: 1, scores } }));
    expect(classes.slice(0, 8)).toEqual([1, 2, 0, 1, 1, 2, 2, 0]);
    expect(classes).toHaveLength(40);
    expect(notes).toContain('1 of 20 images got scores that are no finite numbers');
  });

  it('waits before it enters a phase until that is allowed', async () => {
    const told: (Phase | 'entered')[] = [];
    const enter = async (phase: Phase): Promise<void> => {
      told.push(phase);
      await Promise.resolve();
      told.push('entered');
    };
    await measure(setUp({ candidate: { runMs: 5 }, task: { enter } }));
    const { PHASE_LOAD, PHASE_WARM_UP, PHASE_TIME, PHASE_CLASSIFY } = Phase;
    expect(told).toEqual([PHASE_LOAD, PHASE_WARM_UP, PHASE_TIME, PHASE_CLASSIFY].flatMap((phase) => [phase, 'entered']));
  });

  it('tells how far it is, up to the whole', async () => {
    const shares: number[] = [];
    await measure(setUp({ candidate: { runMs: 5 }, task: { onProgress: (done) => shares.push(done) } }));
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it('stops when it is cancelled, whatever it is doing', async () => {
    for (const at of [Phase.PHASE_LOAD, Phase.PHASE_WARM_UP, Phase.PHASE_TIME, Phase.PHASE_CLASSIFY]) {
      const stop = new AbortController();
      const enter = async (phase: Phase): Promise<void> => {
        if (phase === at) stop.abort();
      };
      await expect(measure(setUp({ candidate: { runMs: 5 }, task: { signal: stop.signal, enter } }))).rejects.toMatchObject({
        code: 'cancelled',
      });
    }
  });

  it('says which of the two models does not open or run', async () => {
    const bad: SimulatedModel = { runMs: 1, fails: { on: 'run', why: 'shape mismatch' } };
    await expect(measure(setUp({ candidate: bad }))).rejects.toThrow('the candidate does not run: shape mismatch');
    await expect(
      measure(setUp({ candidate: { runMs: 1 }, control: { ...bad, fails: { on: 'open', why: 'no such op' } } })),
    ).rejects.toThrow('the control does not run: no such op');
    await expect(measure(setUp({ candidate: { runMs: 1 }, task: { input: 'image' } }))).rejects.toThrow('"x", not "image"');
    const none = { count: 0, at: async () => imageOf(0) };
    await expect(measure(setUp({ candidate: { runMs: 1 }, task: { images: none } }))).rejects.toThrow('no images');
  });
});
