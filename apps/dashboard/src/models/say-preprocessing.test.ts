import { expect, it } from 'vitest';
import { sayPreprocessing } from './say-preprocessing.ts';

it('says a sidecar in the order in which an image goes through it', () => {
  expect(
    sayPreprocessing({
      classes: ['cup', 'glass'],
      geometry: { resize: 'short-side-crop', shortSide: 256, width: 224, height: 224, channels: 3 },
      layout: 'nchw',
      order: 'rgb',
      scale: 1 / 255,
      mean: [0.485, 0.456, 0.406],
      std: [1, 1, 1],
    }),
  ).toEqual([
    ['Resize', 'short side to 256, then the middle 224×224'],
    ['Channels', 'RGB'],
    ['Layout', 'channels first (NCHW)'],
    ['Scaling', '0 to 1; minus 0.485, 0.456, 0.406'],
    ['Labels', '2: cup, glass'],
  ]);
});

it('says nothing of what it cannot read', () => {
  expect([undefined, null, 'text', []].map(sayPreprocessing)).toEqual([[], [], [], []]);
});
