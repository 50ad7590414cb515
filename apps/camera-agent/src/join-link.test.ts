import { describe, expect, it } from 'vitest';
import { parseJoinLink } from './join-link.ts';

describe('parseJoinLink', () => {
  it('reads address and token', () => {
    expect(parseJoinLink(' fleetfit://10.0.0.7:7443/#tok-en_123 ')).toEqual({ address: '10.0.0.7:7443', token: 'tok-en_123' });
    expect(parseJoinLink('fleetfit://[::1]:7443#token-123')).toEqual({ address: '[::1]:7443', token: 'token-123' });
  });

  it.each([
    'http://10.0.0.7:7443/#token-123',
    'fleetfit://10.0.0.7/#token-123',
    'fleetfit://10.0.0.7:7443/',
    'fleetfit://10.0.0.7:7443/#a b',
    '',
  ])('refuses "%s", and says how a link looks', (link) => {
    expect(() => parseJoinLink(link)).toThrow('fleetfit://HOST:PORT/#TOKEN');
  });

  it('shows no token in its error', () => {
    expect(() => parseJoinLink('http://10.0.0.7:7443/#secret-token')).not.toThrow('secret-token');
    expect(() => parseJoinLink('http://10.0.0.7:7443/#secret-token')).toThrow('#...');
  });
});
