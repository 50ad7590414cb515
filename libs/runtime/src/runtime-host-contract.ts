import { describe, expect, it } from 'vitest';
import type { ContractCommand } from './contract-child.ts';
import type { Isolated, RuntimeHost } from './runtime-host.ts';

/** What every host must do. `makeHost` gives a host whose entry runs `contractChild`. */
export function runtimeHostContract(name: string, makeHost: () => RuntimeHost): void {
  const isolated = async (check: (one: Isolated) => Promise<void>): Promise<void> => {
    const one = await makeHost().isolate();
    try {
      await check(one);
    } finally {
      await one.end();
    }
  };
  const tell = (one: Isolated, command: ContractCommand): void => one.send(command);

  describe(`${name}, by the runtime host contract`, () => {
    it('carries messages both ways in order, typed arrays and Maps as they are', () =>
      isolated(async (one) => {
        const value = { bytes: Float32Array.of(1.5, -2), by: new Map([['a', Uint8Array.of(9)]]) };
        tell(one, { do: 'echo', value });
        tell(one, { do: 'echo', value: 2 });
        expect(await one.next()).toEqual({ kind: 'message', value });
        expect(await one.next()).toEqual({ kind: 'message', value: 2 });
      }));

    it('tells a good end, after all messages are read, and again when asked again', () =>
      isolated(async (one) => {
        tell(one, { do: 'echo', value: 'last' });
        tell(one, { do: 'finish' });
        expect(await one.next()).toEqual({ kind: 'message', value: 'last' });
        expect(await one.next()).toMatchObject({ kind: 'ended', ending: { kind: 'finished', why: '' } });
        expect(await one.next()).toMatchObject({ kind: 'ended', ending: { kind: 'finished' } });
        expect(await one.end()).toMatchObject({ kind: 'finished' });
        one.send('to nobody');
      }));

    it('tells a crash with its reason', () =>
      isolated(async (one) => {
        tell(one, { do: 'crash', why: 'the tensor bit me' });
        const last = await one.next();
        expect(last).toMatchObject({ kind: 'ended', ending: { kind: 'crashed' } });
        expect(last.kind === 'ended' && last.ending.why).toContain('the tensor bit me');
      }));

    it('ends one that is busy without end', () =>
      isolated(async (one) => {
        tell(one, { do: 'spin' });
        expect(await one.next()).toEqual({ kind: 'message', value: 'spinning' });
        expect(await one.end()).toMatchObject({ kind: 'ended' });
        expect(await one.next()).toMatchObject({ kind: 'ended', ending: { kind: 'ended' } });
      }));

    it('stops waiting when cancelled, and goes on afterwards', () =>
      isolated(async (one) => {
        const stop = new AbortController();
        const waiting = one.next(stop.signal);
        stop.abort();
        await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
        tell(one, { do: 'echo', value: 'still here' });
        expect(await one.next()).toEqual({ kind: 'message', value: 'still here' });
      }));

    it('starts each one fresh: what one held, the next does not see', async () => {
      const peaks: (number | undefined)[] = [];
      const size = 200 * 2 ** 20;
      for (const bytes of [size, 1]) {
        await isolated(async (one) => {
          tell(one, { do: 'hold', bytes });
          const answer = await one.next();
          const { held, peak } = (answer.kind === 'message' ? answer.value : {}) as { held?: number; peak?: number };
          expect(held).toBe(bytes);
          peaks.push(peak);
        });
      }
      const [large, small] = peaks;
      // Where the platform tells no memory, both are undefined, and freshness shows in the other checks only.
      if (large === undefined || small === undefined) expect(peaks).toEqual([undefined, undefined]);
      // Three quarters: what the empty process holds varies by tens of MB with garbage collection.
      else expect(large - small).toBeGreaterThan(0.75 * size);
    });
  });
}
