import { describe, expect, it } from 'vitest';
import { limitPeers } from './rate-limit.ts';

describe('limitPeers', () => {
  it('lets a burst pass, then as many as come back', () => {
    let now = 0;
    const admit = limitPeers({ burst: 3, perSecond: 2, now: () => now });
    for (let call = 0; call < 3; call++) admit('a');
    expect(() => admit('a')).toThrow(/too many calls/);
    now = 500;
    admit('a');
    expect(() => admit('a')).toThrow(expect.objectContaining({ code: 'exhausted', next: 'try again in 1 s' }));
    now = 1_000_000;
    for (let call = 0; call < 3; call++) admit('a');
    expect(() => admit('a')).toThrow();
  });

  it('does not let one peer use up the calls of another', () => {
    const admit = limitPeers({ burst: 1, perSecond: 1, now: () => 0 });
    admit('a');
    expect(() => admit('a')).toThrow();
    admit('b');
  });

  it('forgets the quietest of very many peers, not the noisy one', () => {
    const admit = limitPeers({ burst: 1, perSecond: 1, now: () => 0 });
    admit('noisy');
    for (let peer = 0; peer < 20_000; peer++) {
      admit(`${peer}`);
      if (peer % 1000 === 0) expect(() => admit('noisy')).toThrow();
    }
    admit('0');
  });
});
