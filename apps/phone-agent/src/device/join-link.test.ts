import { describe, expect, it } from 'vitest';
import { choicesOf, parseJoinSecret, tidyCode } from './join-link.ts';

describe('what stands in a join link', () => {
  it.each([
    ['#abcDEF_-123456789012.Zm9v_-', { token: 'abcDEF_-123456789012', fingerprint: 'Zm9v_-' }],
    ['#abcDEF_-123456789012', { token: 'abcDEF_-123456789012', fingerprint: '' }],
    ['#abcDEF_-123456789012.', { token: 'abcDEF_-123456789012', fingerprint: '' }],
  ])('is read from %s', (hash, secret) => {
    expect(parseJoinSecret(hash)).toEqual(secret);
  });

  it.each(['', '#', '#short', '#with space in it', '#<script>alert(1)</script>', `#${'a'.repeat(300)}`])('is not found in %j', (hash) => {
    expect(parseJoinSecret(hash)).toBeUndefined();
  });
});

describe('a code typed by hand', () => {
  it.each([
    ['K7QF-3M9P', 'K7QF-3M9P'],
    [' k7qf 3m9p ', 'K7QF-3M9P'],
    ['k7qf3m9p', 'K7QF-3M9P'],
    // Letters that look like digits are taken for them: these codes have none of these letters.
    ['OIL0-0000', '0110-0000'],
  ])('%j is %s', (typed, code) => {
    expect(tidyCode(typed)).toBe(code);
  });

  it.each(['', 'K7QF', 'K7QF-3M9P-1', 'U7QF-3M9P', 'K7QF-3M9é'])('%j can be none', (typed) => {
    expect(tidyCode(typed)).toBe('');
  });
});

describe('what an address chooses', () => {
  it('is a name, a provider and threads, and nothing that makes no sense', () => {
    expect(choicesOf('?name=desk&provider=webgpu&threads=2')).toEqual({ name: 'desk', provider: 'webgpu', threads: 2 });
    for (const search of ['', '?threads=0', '?threads=1.5', '?threads=many', '?threads=1000'])
      expect(choicesOf(search), search).toEqual({});
  });
});
