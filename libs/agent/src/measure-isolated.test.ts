import { attemptId, bytes, FleetError, milliseconds, seededRng, silent } from '@fleetfit/core';
import type { SimulatedModel } from '@fleetfit/measure/testing';
import { simulatedDevice } from '@fleetfit/measure/testing';
import { checkedJob, Phase } from '@fleetfit/protocol';
import { type Ending, type FromInside, type Inside, makeInbox, type RuntimeHost } from '@fleetfit/runtime';
import { describe, expect, it } from 'vitest';
import type { BlobReader } from './job-files.ts';
import { measureInside } from './measure-inside.ts';
import { measureIsolated } from './measure-isolated.ts';
import { testJob } from './testing/fake-coordinator.ts';
import { playedTime } from './testing/played-time.ts';

// A host whose "processes" run right here, on a simulated device; `work` may crash them.
function inlineHost(work: (inside: Inside) => Promise<void>): RuntimeHost & { started: number; ended: number } {
  const host = {
    started: 0,
    ended: 0,
    async isolate() {
      host.started++;
      const toInside = makeInbox<unknown>();
      const toOutside = makeInbox<FromInside>();
      const inside: Inside = {
        send: (value) => toOutside.push({ kind: 'message', value }),
        next: (signal) => toInside.next(signal),
        peakMemory: () => bytes(1_000),
      };
      const ended = work(inside).then(
        (): Ending => ({ kind: 'finished', why: '', peakMemory: undefined }),
        (thrown: unknown): Ending => ({ kind: 'crashed', why: String(thrown), peakMemory: undefined }),
      );
      void ended.then((ending) => toOutside.close({ kind: 'ended', ending }));
      return {
        send: (message: unknown) => toInside.push(message),
        next: (signal?: AbortSignal) => toOutside.next(signal),
        end: async () => {
          host.ended++;
          return { kind: 'ended', why: '', peakMemory: undefined } as const;
        },
      };
    },
  };
  return host;
}

const candidateHash = 'b'.repeat(64);
const job = checkedJob({ ...testJob, artifact: { graph: { sha256: candidateHash, bytes: 1 }, tensors: [] }, top: 2 });

// The pixels of image i are all i; the model ranks the class of that number first.
function setUp(
  candidate: SimulatedModel,
  { work, control = {} }: { work?: (inside: Inside) => Promise<void>; control?: Partial<SimulatedModel> } = {},
) {
  const device = simulatedDevice({ rng: seededRng(1) });
  const [theControl, theCandidate] = [device.model({ runMs: 10, ...control }), device.model(candidate)];
  const blobs: BlobReader = {
    read: async (hash) => (hash === candidateHash ? theCandidate : theControl).graph,
    readPart: async (_hash, start, end) => Uint8Array.from({ length: end - start }, (_, i) => Math.floor((start + i) / 4)),
  };
  const host = inlineHost(work ?? ((inside) => measureInside(inside, { runtime: device.runtime, clock: device.clock, blobs })));
  const time = playedTime();
  const port = measureIsolated(host, {
    open: { provider: 'cpu', threads: 1, optimization: 'all' },
    time,
    log: silent,
    longestSilence: milliseconds(60_000),
  });
  const entered: Phase[] = [];
  const enter = async (phase: Phase): Promise<void> => void entered.push(phase);
  const measure = (signal = new AbortController().signal) =>
    port.measure({ attemptId: attemptId('a1'), job, enter, onProgress: () => {} }, signal);
  return { host, time, entered, measure };
}

describe('measuring in isolation', () => {
  it('gives the measurement of the job, image by image, from a process that is ended afterwards', async () => {
    const scores = (image: { data: ArrayLike<unknown> }): number[] => [0, 1, 2].map((label) => (label === Number(image.data[0]) ? 1 : 0));
    const { measure, host, entered } = setUp({ runMs: 5, scores });
    const outcome = await measure();
    if (outcome.kind !== 'measured') throw new Error(`measured was expected, not ${JSON.stringify(outcome)}`);
    expect(outcome.measurement.classes).toEqual([0, 1, 1, 0, 2, 0]);
    expect(outcome.measurement.ratio?.value).toBeCloseTo(0.5, 1);
    expect(entered).toEqual([Phase.PHASE_LOAD, Phase.PHASE_WARM_UP, Phase.PHASE_TIME, Phase.PHASE_CLASSIFY]);
    expect([host.started, host.ended]).toEqual([1, 1]);
  });

  it('gives a failure with its phase where a model does not run', async () => {
    const { measure } = setUp({ runMs: 5, fails: { on: 'open', why: 'no kernel for Conv(99)' } });
    expect(await measure()).toMatchObject({
      kind: 'failed',
      failed: { phase: Phase.PHASE_LOAD, code: 'unsupported', why: expect.stringContaining('no kernel for Conv(99)') },
    });
  });

  it('gives a crash with its phase, and tries the control in another process', async () => {
    let first = true;
    const device = simulatedDevice({ rng: seededRng(2) });
    const control = device.model({ runMs: 1 });
    const blobs: BlobReader = { read: async () => control.graph, readPart: async (_h, start, end) => new Uint8Array(end - start) };
    const work = async (inside: Inside): Promise<void> => {
      if (!first) return measureInside(inside, { runtime: device.runtime, clock: device.clock, blobs });
      first = false;
      await inside.next();
      inside.send({ kind: 'enter', phase: Phase.PHASE_TIME });
      await inside.next();
      throw new Error('signal SIGSEGV');
    };
    const { measure, host } = setUp({ runMs: 5 }, { work });
    expect(await measure()).toEqual({
      kind: 'crashed',
      crashed: { phase: Phase.PHASE_TIME, why: 'Error: signal SIGSEGV', controlRan: true },
    });
    expect([host.started, host.ended]).toEqual([2, 2]);
  });

  it('says so where the control crashes as well', async () => {
    const { measure } = setUp({ runMs: 5 }, { work: () => Promise.reject(new Error('out of memory')) });
    expect(await measure()).toMatchObject({ kind: 'crashed', crashed: { controlRan: false } });
  });

  it('ends a process that gives no sign any more', async () => {
    const { measure, time, host } = setUp({ runMs: 5 }, { work: () => new Promise(() => {}) });
    const measuring = measure();
    await time.advance(130_000);
    expect(await measuring).toMatchObject({ kind: 'crashed', crashed: { why: expect.stringContaining('no sign') } });
    expect([host.started, host.ended]).toEqual([2, 2]);
  });

  it('ends the process at once when it is cancelled', async () => {
    const { measure, time, host } = setUp({ runMs: 5 }, { work: () => new Promise(() => {}) });
    const stop = new AbortController();
    const measuring = measure(stop.signal);
    await time.settle();
    stop.abort();
    await expect(measuring).rejects.toMatchObject({ code: 'cancelled' });
    expect([host.started, host.ended]).toEqual([1, 1]);
  });

  it('passes on that no process could be started', async () => {
    const broken: RuntimeHost = { isolate: () => Promise.reject(new FleetError('unavailable', 'no more processes')) };
    const port = measureIsolated(broken, { open: { provider: 'cpu', threads: 1, optimization: 'all' }, time: playedTime(), log: silent });
    const request = { attemptId: attemptId('a1'), job, enter: async () => {}, onProgress: () => {} };
    await expect(port.measure(request, new AbortController().signal)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
