import { constantOf, type Model } from '@fleetfit/onnx';
import { describe, expect, it } from 'vitest';
import { calibrate } from './calibrate.ts';
import { chooseRanges } from './choose-ranges.ts';
import { calibrationOf, contextFor, images, NetWriter } from './testing.ts';

/** One channel is a hundred times as large as the others, and nobody looks at it (or at nothing else). */
function netWithLoudChannel(read: 'others' | 'loud'): { model: Model; value: string } {
  const net = new NetWriter(2);
  net.constants.push(constantOf('w', [4, 1, 1, 1], Float32Array.of(100, 1, 1, 1)));
  const value = net.node('Conv', ['image', 'w'], { attributes: { kernel_shape: [1, 1], group: 1 } });
  const weights = read === 'loud' ? [1, 0, 0, 0] : [0, 1, 1, 1];
  net.constants.push(constantOf('v', [1, 4, 1, 1], Float32Array.from(weights)));
  const model = net.model([1, 1, 16, 16], net.node('Conv', [value, 'v'], { attributes: { kernel_shape: [1, 1] } }));
  return { model, value };
}

async function chosenFor(read: 'others' | 'loud') {
  const { model, value } = netWithLoudChannel(read);
  const context = { ...contextFor(model), calibration: calibrationOf('image', images(8, { dims: [1, 1, 16, 16] })) };
  const statistics = (await calibrate(model, [value], context)).get(value);
  if (!statistics) throw new Error('not calibrated');
  const chosen = await chooseRanges(model, new Map([[value, { statistics, limit: Number.POSITIVE_INFINITY, gated: false }]]), context);
  return { chosen: chosen.get(value), statistics };
}

describe('chooseRanges', () => {
  it('keeps all of a value whose largest numbers make the answers', async () => {
    const { chosen, statistics } = await chosenFor('loud');
    expect(chosen?.range.high).toBeGreaterThan(0.7 * statistics.histogram.highest);
    expect(chosen?.snr).toBeGreaterThan(30);
  });

  it('clips what nobody looks at, since the others then get finer steps', async () => {
    const [loud, others] = [await chosenFor('loud'), await chosenFor('others')];
    const width = ({ chosen }: typeof loud): number => (chosen ? chosen.range.high - chosen.range.low : 0);
    expect(width(others)).toBeLessThan(width(loud));
  });
});
