import type { FromInside } from '@fleetfit/runtime';
import { runtimeHostContract } from '@fleetfit/runtime/testing';
import { describe, expect, it } from 'vitest';
import { webHost } from '../web-host.ts';
import type { MemoryTold } from './memory-worker.ts';

runtimeHostContract('a worker', () => webHost({ entry: '/contract-worker.js' }));

const told = (from: FromInside): MemoryTold => {
  if (from.kind !== 'message') throw new Error(`a message was expected: ${JSON.stringify(from)}`);
  return from.value as MemoryTold;
};

describe('a worker', () => {
  it('says why one does not start', async () => {
    await expect(webHost({ entry: '/no-such-worker.js' }).isolate()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('/no-such-worker.js'),
    });
  });

  it('tells the linear memory of onnxruntime, and the next one starts without it', async () => {
    const peaks: number[] = [];
    for (const rows of [8 * 2 ** 20, 1]) {
      const one = await webHost({ entry: '/memory-worker.js' }).isolate();
      one.send(rows);
      const { before, after, last } = told(await one.next());
      expect(before).toBeUndefined();
      expect(last).toBe(2);
      peaks.push(after ?? 0);
      expect(await one.end()).toMatchObject({ peakMemory: after });
    }
    const [large = 0, small = 0] = peaks;
    expect(small).toBeGreaterThan(2 ** 20);
    // Input and output of 64 MB each were held at the same time.
    expect(large - small).toBeGreaterThan(100 * 2 ** 20);
  });
});
