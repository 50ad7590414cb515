import { describe, expect, it } from 'vitest';
import { fitTable, wrap } from './fit-table.ts';
import { makePaint, widthOf } from './paint.ts';

const paint = makePaint({ colour: true });

describe('fitting a terminal', () => {
  const wide = [['a long name of a class', '15.1 ms ±0.2', '3.2 MB']];
  const narrow = [['a long name of a class', '15.1 ms']];

  it('takes the widest table that fits', () => {
    expect(fitTable([wide, narrow], 60)[0]).toContain('3.2 MB');
    expect(fitTable([wide, narrow], 40)[0]).toBe('a long name of a class   15.1 ms');
  });

  it('cuts the first column before it loses a figure', () => {
    expect(fitTable([wide, narrow], 24)[0]).toContain('15.1 ms');
    expect(widthOf(fitTable([wide, narrow], 24)[0] ?? '')).toBeLessThanOrEqual(24);
  });

  it('breaks a sentence between words, colours not counted', () => {
    const lines = wrap(`one ${paint.bold('two')} three four`, { width: 10, indent: '  ' });
    expect(lines.map(widthOf)).toEqual([9, 7, 6]);
    expect(lines.every((line) => line.startsWith('  '))).toBe(true);
  });

  it('breaks nothing where nobody looks at it', () => {
    expect(wrap('word '.repeat(80).trim(), { width: Number.POSITIVE_INFINITY, indent: '' })).toHaveLength(1);
  });
});
