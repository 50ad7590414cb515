import { describe, expect, it } from 'vitest';
import { reasonToRest } from './surroundings.ts';

const fine = { hidden: false, metered: false, battery: { level: 0.5, charging: false } };

describe('a polite guest', () => {
  it('measures when nothing speaks against it, or when the browser does not tell', () => {
    expect(reasonToRest(fine)).toBeUndefined();
    expect(reasonToRest({ ...fine, battery: undefined })).toBeUndefined();
    expect(reasonToRest({ ...fine, battery: { level: 0.1, charging: true } })).toBeUndefined();
    expect(reasonToRest({ ...fine, battery: { level: 0.2, charging: false } })).toBeUndefined();
  });

  it('rests out of view, on a low battery that does not charge, and on a metered network, and says which', () => {
    expect(reasonToRest({ ...fine, hidden: true })).toBe('the page is not in view');
    expect(reasonToRest({ ...fine, battery: { level: 0.17, charging: false } })).toBe('the battery is at 17 % and not charging');
    expect(reasonToRest({ ...fine, metered: true })).toBe('the network is metered');
  });
});
