import { describe, expect, it } from 'vitest';
import { sayDrift, sayHeat, sayPower } from './say-health.ts';

describe('the health of a device', () => {
  it('has its power in words', () => {
    expect(sayPower({ battery: 0.84, charging: true }).words).toBe('84 %, charging');
    expect(sayPower({}).words).toBe('mains');
  });

  it('warns of heat, and says nothing where a device cannot tell', () => {
    expect(sayHeat({ thermal: 'fair' })).toEqual({ words: 'warm', warns: false });
    expect(sayHeat({ thermal: 'serious' })?.warns).toBe(true);
    expect(sayHeat({})).toBeUndefined();
  });

  it('has how the original runs against its usual, with its sign and never minus nothing', () => {
    expect(sayDrift({ drift: 0.004 })).toEqual({ words: '+0.4 %', warns: false });
    expect(sayDrift({ drift: -0.003 })?.words).toBe('−0.3 %');
    expect(sayDrift({ drift: -0.0001 })?.words).toBe('0.0 %');
    expect(sayDrift({ drift: 0.31 })?.warns).toBe(true);
  });
});
