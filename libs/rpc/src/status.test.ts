import { type ErrorCode, FleetError } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { fromStatus, toStatus } from './status.ts';

const codes: readonly ErrorCode[] = [
  'invalid',
  'not-found',
  'conflict',
  'denied',
  'unauthenticated',
  'unavailable',
  'exhausted',
  'cancelled',
  'unsupported',
  'corrupt',
  'bug',
];

describe('errors as gRPC statuses', () => {
  it.each(codes)('bring "%s" there and back, with words and advice', (code) => {
    const error = new FleetError(code, 'Cannot grüßen: nobody is here', { next: 'come bäck' });
    const back = fromStatus(toStatus(error), undefined);
    expect({ code: back.code, message: back.message, next: back.next }).toEqual({ code, message: error.message, next: error.next });
  });

  it('give each code a status of its own', () => {
    expect(new Set(codes.map((code) => toStatus(new FleetError(code, '')).code)).size).toBe(codes.length);
  });

  it('keep the words of a fault to ourselves', () => {
    expect(toStatus(new TypeError('secret'))).toMatchObject({ code: 13, fleetCode: 'bug', details: expect.not.stringContaining('secret') });
  });

  it.each([
    [4, 'unavailable'],
    [13, 'unavailable'],
    [14, 'unavailable'],
    [8, 'invalid'],
    [12, 'unsupported'],
    [16, 'unauthenticated'],
  ])('read status %i of gRPC itself as %s', (code, expected) => {
    expect(fromStatus({ code, details: 'x', fleetCode: '', next: '' }, undefined).code).toBe(expected);
  });

  it('ignore a code that is none of ours', () => {
    expect(fromStatus({ code: 14, details: 'x', fleetCode: 'toString', next: '' }, undefined).code).toBe('unavailable');
  });
});
