import { describe, expect, it } from 'vitest';
import { layerLines, sayChanges } from './layer-lines.ts';

const layer = (id: string, bytes: number, bits: number, channels: number) => ({
  id,
  op: 'Conv',
  depthwise: false,
  shape: [1, channels, 4, 4],
  macs: bytes * 2,
  parameters: bytes,
  bytes,
  bits,
});

describe('what became of layers', () => {
  const lines = layerLines(
    [
      { original: layer('a', 400, 32, 16), now: [layer('a', 90, 8, 12)] },
      { original: layer('b', 400, 32, 16), now: [layer('b1', 100, 32, 4), layer('b2', 60, 32, 16)] },
      { original: layer('c', 40, 32, 16), now: [] },
    ],
    [
      { kind: 'refused', layer: 'b', what: 'kept in 32 bits' },
      { kind: 'changed', layer: 'a', what: '8 bits' },
    ],
  );

  it('has the bits, the share that was cut off, and the sums of what stands for a layer now', () => {
    expect(lines.map(({ bits, pruned, parts, bytes }) => [bits, pruned, parts, bytes.now])).toEqual([
      [8, 0.25, 1, 90],
      [32, 0, 2, 160],
      [undefined, 0, 0, undefined],
    ]);
    expect(lines[1]?.refusals).toEqual(['kept in 32 bits']);
  });

  it('is said in a sentence, and so is that nothing was recorded', () => {
    expect(sayChanges(lines)).toBe('3 layers: 1 at 8 bits, 1 at 32 bits, 1 pruned, 1 taken apart, 1 folded away.');
    expect(sayChanges(lines.slice(2))).toContain('was not recorded');
  });
});
