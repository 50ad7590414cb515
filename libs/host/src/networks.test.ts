import { describe, expect, it } from 'vitest';
import { networkOf } from './networks.ts';

const hex = (text: string): string | undefined => {
  const found = networkOf(text);
  return found && [found.address, found.mask].map((bytes) => Buffer.from(bytes).toString('hex')).join('/');
};

describe('networkOf', () => {
  it('reads addresses and networks of both kinds', () => {
    expect(hex('192.168.3.4')).toBe('c0a80304/ffffffff');
    expect(hex('172.16.9.9/12')).toBe('ac100000/fff00000');
    expect(hex('fe80::/10')).toBe(`fe80${'0'.repeat(28)}/ffc0${'0'.repeat(28)}`);
    expect(hex('2001:db8::1:2')).toBe('20010db8000000000000000000010002/' + 'f'.repeat(32));
    expect(hex('::1')?.startsWith(`${'0'.repeat(31)}1/`)).toBe(true);
    expect(hex('1:2:3:4:5:6:7:8')?.startsWith('00010002000300040005000600070008/')).toBe(true);
  });

  it('knows no names', () => {
    for (const name of ['localhost', '', 'a.local', '1.2.3']) expect(networkOf(name), name).toBeUndefined();
  });
});
