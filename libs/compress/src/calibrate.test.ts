import { describe, expect, it } from 'vitest';
import { type CalibrationContext, calibrate } from './calibrate.ts';
import { answersOf, calibrationOf, contextFor, images, runtime, smallNet } from './testing.ts';

const model = smallNet();
const context = (calibration: CalibrationContext['calibration'], more: Partial<CalibrationContext> = {}): CalibrationContext => ({
  ...contextFor(model),
  calibration,
  ...more,
});

describe('calibrate', () => {
  it('sees the values of the running graph, the input included', async () => {
    const all = images(6);
    const logits = model.graph.outputs[0]?.name ?? '';
    const found = await calibrate(model, ['image', logits], context(calibrationOf('image', all)));
    const answers = (await answersOf(model, all)).flatMap((answer) => [...answer]);
    const { histogram, means } = found.get(logits) ?? {};
    expect(histogram?.count).toBe(60);
    // The runtime may fuse here and not there: sums in another order.
    expect(histogram?.highest).toBeCloseTo(Math.max(...answers), 4);
    expect(histogram?.lowest).toBeCloseTo(Math.min(...answers), 4);
    expect(means?.length).toBe(10);
    expect(found.get('image')?.histogram.count).toBe(6 * 3 * 16 * 16);
  });

  it('runs the images once for all recipes that share the Calibration, and only for values it has not seen', async () => {
    let runs = 0;
    const counting = { ...runtime, open: (...args: Parameters<typeof runtime.open>) => runtime.open(...args).finally(() => runs++) };
    const calibration = calibrationOf('image', images(3));
    await calibrate(model, ['conv_0', 'relu_2'], context(calibration, { runtime: counting }));
    await calibrate(model, ['relu_2'], context(calibration, { runtime: counting }));
    expect(runs).toBe(1);
    await calibrate(model, ['relu_2', 'conv_3'], context(calibration, { runtime: counting }));
    await calibrate(smallNet(2), ['relu_2'], context(calibration, { runtime: counting }));
    expect(runs).toBe(3);
  });

  it('says which value is not a number', async () => {
    const bad = images(1).map((image) => ({ ...image, data: new Float32Array(3 * 16 * 16).fill(Number.NaN) }));
    await expect(calibrate(model, ['image'], context(calibrationOf('image', bad)))).rejects.toThrow('"image" becomes NaN or infinite');
  });

  it('stops when it is cancelled', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    const progress = (done: number): void => {
      seen.push(done);
      controller.abort();
    };
    const run = calibrate(model, ['conv_0'], context(calibrationOf('image', images(10)), { progress, signal: controller.signal }));
    await expect(run).rejects.toMatchObject({ code: 'cancelled' });
    expect(seen).toEqual([0.1]);
  });
});
