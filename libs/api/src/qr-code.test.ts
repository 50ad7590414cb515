import { describe, expect, it } from 'vitest';
import { qrCode, qrLines } from './qr-code.ts';

const LINK = 'https://192.168.178.23:7444/j#q0e1Z5mZ2sJrQm0pR1xW3g.Yt3pWq8sVbN4kLm2';

describe('qrCode', () => {
  it('has the three finders of the standard, and its runs cover exactly its dark modules', () => {
    const { size, rows, path } = qrCode(LINK);
    expect((size - 17) % 4).toBe(0);
    const finder = ['#######', '#.....#', '#.###.#', '#.###.#', '#.###.#', '#.....#', '#######'];
    const square = (x: number, y: number) => rows.slice(y, y + 7).map((row) => row.slice(x, x + 7));
    for (const [x, y] of [
      [0, 0],
      [size - 7, 0],
      [0, size - 7],
    ] as const)
      expect(square(x, y)).toEqual(finder);
    const runs = [...path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)];
    const drawn = rows.map((row) => Array.from(row, () => '.'));
    for (const [, x, y, length] of runs) drawn[Number(y)]?.fill('#', Number(x), Number(x) + Number(length));
    expect(drawn.map((row) => row.join(''))).toEqual(rows);
  });

  it('refuses what does not fit', () => {
    expect(() => qrCode('x'.repeat(3000))).toThrow(/Cannot draw a QR code: 3000 characters/);
  });
});

describe('qrLines', () => {
  it('draws two rows a line, light around it', () => {
    const code = qrCode('a');
    const lines = qrLines(code);
    expect(lines).toHaveLength(Math.ceil((code.size + 8) / 2));
    expect(lines[0]).toBe('█'.repeat(code.size + 8));
    // The first line of the code itself: a finder is dark above and has a light ring below.
    expect(lines[2]?.slice(4, 11)).toBe(' ▄▄▄▄▄ ');
  });
});
