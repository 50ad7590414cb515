import { deviceId } from '@fleetfit/core';
import { PROTOCOL } from '@fleetfit/protocol';
import { describe, expect, it } from 'vitest';
import { joinWords } from './join-words.ts';
import { admit } from './lease-rules.ts';

const asking = { device: deviceId('cam'), state: 'active', protocol: PROTOCOL } as const;

describe('admit', () => {
  it('admits an active device that speaks our protocol', () => expect(admit(asking)).toEqual({ kind: 'admitted' }));
  it('turns a revoked, a waiting and an old device away, each with its reason', () => {
    expect(admit({ ...asking, state: 'revoked' })).toMatchObject({ kind: 'turned', why: expect.stringContaining('revoked') });
    expect(admit({ ...asking, state: 'pending' })).toMatchObject({ kind: 'turned', why: expect.stringContaining('approval') });
    expect(admit({ ...asking, protocol: PROTOCOL + 1 })).toMatchObject({ kind: 'turned', why: expect.stringContaining('update') });
  });
});

describe('join words', () => {
  it('are the same for the same key and differ between keys', async () => {
    const words = await joinWords(Uint8Array.of(1, 2, 3));
    expect(words).toMatch(/^[a-z]+ [a-z]+$/);
    expect(await joinWords(Uint8Array.of(1, 2, 3))).toBe(words);
    expect(await joinWords(Uint8Array.of(1, 2, 4))).not.toBe(words);
  });
});
