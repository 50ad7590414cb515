import { encodeModel, verifyModel } from '@fleetfit/onnx';
import { nodeRuntime } from '@fleetfit/runtime-node';
import { knowValues, trainGraph } from '@fleetfit/train';
import { describe, expect, it } from 'vitest';
import { PICTURE } from './drink-set.ts';
import { drinksNetwork } from './network.ts';

describe('drinksNetwork', { timeout: 60_000 }, () => {
  it('is a valid model that its seed determines, can be trained, and takes batches of any size', async () => {
    const model = drinksNetwork('seed');
    verifyModel(model);
    const bytes = encodeModel(model);
    // Compared as buffers: walking a million numbers one by one takes the matcher seconds.
    expect(Buffer.compare(encodeModel(drinksNetwork('seed')), bytes)).toBe(0);
    expect(Buffer.compare(encodeModel(drinksNetwork('other')), bytes)).not.toBe(0);
    const known = await knowValues(model, { runtime: nodeRuntime(), batch: 4 });
    const optimizer = { kind: 'sgd', momentum: 0.9, weightDecay: 0 } as const;
    expect(trainGraph(model, known, { optimizer, loss: { labels: 1 } }).weights.length).toBeLessThan(180_000);
    const session = await nodeRuntime().open(
      { graph: bytes, externalData: new Map() },
      { provider: 'cpu', threads: 1, optimization: 'all' },
    );
    for (const count of [1, 3]) {
      const { logits } = await session.run({
        image: { type: 'float32', dims: [count, 3, 64, 64], data: new Float32Array(count * PICTURE) },
      });
      expect(logits?.dims).toEqual([count, 10]);
    }
    await session.close();
  });
});
