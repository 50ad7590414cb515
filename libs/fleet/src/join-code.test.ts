import { describe, expect, it } from 'vitest';
import { makeJoinCode, readJoinCode } from './join-code.ts';

describe('a join code', () => {
  it('is read back however it was typed', () => {
    const code = makeJoinCode(Uint8Array.of(0, 1, 31, 32, 18, 24, 255, 16));
    expect(code).toBe('01Z0-JRZG');
    for (const typed of [code, code.toLowerCase(), ' 01z0 jrzg ', 'O1ZO-JRZG', 'oIz0-jrzg', 'OLZ0JRZG'])
      expect(readJoinCode(typed)).toBe('01Z0JRZG');
  });

  it('is refused when it cannot be one', () => {
    for (const typed of ['', '01Z0-JRZ', '01Z0-JRZGG', '01Z0-JRZU', '01Z0!JRZG'])
      expect(() => readJoinCode(typed), typed).toThrow(/Cannot read the join code/);
  });

  it('has 32 values a digit', () => {
    const all = Array.from({ length: 256 }, (_, byte) => makeJoinCode(new Uint8Array(8).fill(byte)).charAt(0));
    expect(new Set(all).size).toBe(32);
  });
});
