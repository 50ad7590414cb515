import type { MakeSampler } from '../sampler.ts';
import { makePooled } from './pooled.ts';
import { makeStructured } from './tetra.ts';

/**
 * The flagship: where metrics are told and the space has layers, one structured model a metric (MATH.md, sections 1 to 6); where one
 * number is told or there are no layers, a Gaussian process over all knobs (section 7).
 */
export const makeTetra: MakeSampler = (options) => {
  const layers = new Set(options.space.knobs.flatMap(({ layer }) => (layer === undefined ? [] : [layer])));
  const scalar = options.goal?.objectives.includes('score') === true;
  return layers.size >= 2 && !scalar ? makeStructured(options) : makePooled(options);
};
