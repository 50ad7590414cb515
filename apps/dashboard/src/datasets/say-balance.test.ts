import { describe, expect, it } from 'vitest';
import { sayBalance } from './say-balance.ts';

describe('the balance of labels', () => {
  it.each([
    [[10, 10], '10 images each'],
    [[10, 14], '10 to 14 images each'],
    [[10, 35], 'mug has 3.5 times as many images as cup: 35 and 10'],
    [[10, 0], '1 of 2 has no image: nothing will be known of it'],
  ])('of %j is said as "%s"', (counts, said) => {
    expect(sayBalance(['cup', 'mug'], counts)).toBe(said);
  });
});
