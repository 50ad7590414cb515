import { describe, expect, it } from 'vitest';
import { cut, makePaint, showsColour, table, widthOf } from './paint.ts';

const colour = makePaint({ colour: true });
const plain = makePaint({ colour: false });

describe('paint', () => {
  it('writes no escape sequence without colour', () => {
    expect([plain.bold('a'), plain.bad('b'), plain.glyph(0)].join('')).toBe('ab●');
  });

  it('gives every device class its own glyph, whatever the colours', () => {
    const glyphs = [0, 1, 2, 3, 4, 5].map((position) => plain.glyph(position));
    expect(new Set(glyphs).size).toBe(6);
    expect(plain.glyph(9)).toBe('○');
  });

  it('aligns columns by what is seen, not by escape sequences', () => {
    const [head, row] = table([
      [colour.dim('p50'), 'size'],
      [colour.bold('15.1 ms'), '3.2 MB'],
    ]);
    expect(widthOf(head ?? '')).toBe('15.1 ms'.length + 3 + 'size'.length);
    expect(row).toContain('3.2 MB');
  });

  it('cuts a line to the width of the terminal', () => {
    expect(widthOf(cut(colour.bold('a'.repeat(30)), 10))).toBe(10);
    expect(cut('short', 10)).toBe('short');
    expect(cut('a'.repeat(30), 10)).toBe(`${'a'.repeat(9)}…`);
  });

  it('is without colour where nobody sees it', () => {
    expect(showsColour({ isTTY: false }, {})).toBe(false);
    expect(showsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(showsColour({ isTTY: true }, { TERM: 'xterm' })).toBe(true);
  });
});
