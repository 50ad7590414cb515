import { describe, expect, it } from 'vitest';
import { cacheFolder, homeFolder } from './folders.ts';

describe('cacheFolder', () => {
  it('takes FLEETFIT_CACHE as it is, before XDG_CACHE_HOME, before ~/.cache', () => {
    expect(cacheFolder({ HOME: '/home/a', XDG_CACHE_HOME: '/x', FLEETFIT_CACHE: '/mine' })).toBe('/mine');
    expect(cacheFolder({ HOME: '/home/a', XDG_CACHE_HOME: '/x' })).toBe('/x/fleetfit');
    expect(cacheFolder({ HOME: '/home/a' })).toBe('/home/a/.cache/fleetfit');
  });

  it('ignores a relative XDG_CACHE_HOME', () => {
    expect(cacheFolder({ HOME: '/home/a', XDG_CACHE_HOME: 'x' })).toBe('/home/a/.cache/fleetfit');
  });
});

describe('homeFolder', () => {
  it('is FLEETFIT_HOME, made absolute, or ~/.fleetfit', () => {
    expect(homeFolder({ HOME: '/home/a', FLEETFIT_HOME: '/data/x/../y' })).toBe('/data/y');
    expect(homeFolder({ HOME: '/home/a' })).toBe('/home/a/.fleetfit');
  });
});
