import { FleetError } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { endTrouble, joinTrouble } from './troubles.ts';

describe('trouble', () => {
  it('with a link or a code says where to get another, and nothing of the machinery', () => {
    for (const code of ['denied', 'unauthenticated', 'not-found'] as const) {
      const { title, next } = joinTrouble(new FleetError(code, 'Cannot join: token 3f9a is used'));
      expect(title).toBe('This link or code does not work');
      expect(next).toContain('fleetfit device add');
    }
  });

  it('of too many tries says how long to wait', () => {
    expect(joinTrouble(new FleetError('exhausted', 'too many calls', { next: 'try again in 12 s' })).next).toBe('Try again in 12 s.');
  });

  it('with the network says what to look at, at the start and later', () => {
    const away = new FleetError('unavailable', 'Cannot ask the coordinator: Failed to fetch');
    expect(joinTrouble(away)).toEqual(endTrouble(away).trouble);
    expect(joinTrouble(away).next).toContain('same network');
    expect(endTrouble(away).again).toBe('reload');
  });

  it('of a phone that is not wanted any more leads to joining again', () => {
    expect(endTrouble(new FleetError('denied', 'revoked'))).toMatchObject({
      again: 'join',
      trouble: { title: expect.stringContaining('removed') },
    });
    expect(endTrouble(new FleetError('unauthenticated', 'unknown device')).again).toBe('join');
  });

  it('of an unknown kind is told as it came, as a sentence', () => {
    expect(endTrouble(new Error('something odd')).trouble.what).toMatch(/something odd\.$/);
  });
});
