import { describe, expect, it } from 'vitest';
import { differenceOf, findingColumns } from './finding-columns.ts';

describe('columns of a way to prepare images', () => {
  it('take the doctor’s words apart', () => {
    expect(findingColumns({ what: 'RGB, ImageNet mean and std, short side 256 then the centre 224x224' })).toEqual({
      layout: 'NCHW',
      channels: 'RGB',
      scaling: 'ImageNet mean, deviation',
      resize: 'to 256, crop 224',
    });
    expect(findingColumns({ what: 'BGR, NHWC, Caffe mean, 0 to 255, squashed to 320x240' })).toEqual({
      layout: 'NHWC',
      channels: 'BGR',
      scaling: 'Caffe mean, 0 to 255',
      resize: 'stretch to 320×240',
    });
  });

  it('keep what they do not know whole', () => {
    expect(findingColumns({ what: 'by its own sidecar' }).scaling).toBe('by its own sidecar');
  });

  it('say what differs', () => {
    const best = findingColumns({ what: 'RGB, 0 to 1, squashed to 32x32' });
    expect(differenceOf(findingColumns({ what: 'BGR, 0 to 1, fitted into 32x32' }), best)).toBe('BGR, fit into 32');
  });
});
