import type { Runtime, Tensor } from '@fleetfit/runtime';
import { describe, expect, it } from 'vitest';
import type { DatasetIndex, IndexedImage } from './dataset-index.ts';
import { type ExamineOptions, examineIntake } from './doctor.ts';
import { plainDecoder, plainImage } from './fakes/plain-decoder.ts';
import type { Geometry } from './sidecar.ts';

const CLASSES = 8;
const SIZE = 4;

// Red tells the class, blue misleads; the border is black, so an image that is squashed is darker than one that is cropped.
const files = Array.from({ length: 160 }, (_, i) => {
  const label = i % CLASSES;
  return plainImage(6, 8, (y, x) =>
    y < 1 || y > 4 || x < 2 || x > 5 ? [0, 0, 0] : [label * 32 + 10, (i * 7) % 256, ((label + 3) % CLASSES) * 32],
  );
});
const images = files.map((_, i): IndexedImage => ({ name: `${i}`, label: i % CLASSES, split: 'validation', pack: i, offset: 0, bytes: 0 }));
const index: DatasetIndex = {
  format: 1,
  classes: Array.from({ length: CLASSES }, (_, i) => `${i}`),
  encoding: { kind: 'encoded' },
  packs: [],
  images,
};

/** A model in two lines: the mean of one plane chooses the class. */
function redModel(classOf: (mean: number) => number, dims: readonly (number | string)[] = ['n', 3, SIZE, SIZE], plane = 0): Runtime {
  const run = async (feeds: Readonly<Record<string, Tensor>>) => {
    const data = feeds['x']?.data;
    if (!(data instanceof Float32Array)) throw new Error('the model wants its input x');
    const first = data.subarray(plane * SIZE * SIZE, (plane + 1) * SIZE * SIZE);
    const chosen = Math.round(classOf(first.reduce((sum, value) => sum + value, 0) / first.length));
    return {
      y: { type: 'float32' as const, dims: [1, CLASSES], data: Float32Array.from({ length: CLASSES }, (_, i) => -Math.abs(i - chosen)) },
    };
  };
  const session = { inputs: [{ name: 'x', type: 'float32' as const, dims }], outputs: [], run, close: async () => {} };
  return {
    facts: { name: 'toy', version: '1', providers: ['cpu'] },
    open: async () => session,
    optimized: async () => undefined,
  };
}

const examine = (runtime: Runtime, more: Partial<ExamineOptions> = {}) =>
  examineIntake({
    runtime,
    model: { graph: new Uint8Array(), externalData: new Map() },
    index,
    images,
    read: (image: IndexedImage, geometry: Geometry) => plainDecoder.decode(files[image.pack] ?? new Uint8Array(), index.encoding, geometry),
    threads: 1,
    signal: new AbortController().signal,
    progress: () => {},
    ...more,
  });

describe('the intake doctor', () => {
  it('finds the order, scaling and resizing that a model was made for', async () => {
    const found = await examine(redModel((mean) => (mean * 255 - 10) / 32));
    expect(found.sidecar).toMatchObject({ order: 'rgb', layout: 'nchw', scale: 1 / 255, mean: [0], std: [1], input: 'x' });
    expect(found.sidecar.geometry).toMatchObject({ resize: 'short-side-crop', width: SIZE, height: SIZE });
    const [best, ...others] = found.findings;
    expect(best).toMatchObject({ images: 160, accuracy: { value: 1 } });
    expect(others.some(({ label, images: seen }) => label.includes('BGR') && seen === 16)).toBe(true);
  });

  it('gives the mean of each channel in the order of the model', async () => {
    const found = await examine(redModel((mean) => (mean + 123.68 - 10) / 32, ['n', 3, SIZE, SIZE], 2));
    expect(found.sidecar).toMatchObject({ order: 'bgr', scale: 1, mean: [103.939, 116.779, 123.68] });
    expect(found.findings[0]?.accuracy.value).toBe(1);
  });

  it('finds channels that come last', async () => {
    const dims = ['n', SIZE, SIZE, 3];
    const runtime = redModel(() => 0, dims);
    expect((await examine(runtime)).findings.every(({ sidecar }) => sidecar.layout === 'nhwc')).toBe(true);
  });

  it('warns of a way that cannot be told from the best', async () => {
    // (x - 127.5) / 128 and -1 to 1 differ by one part in 256: no image shows it.
    const { warnings, sidecar } = await examine(redModel((mean) => ((mean + 1) * 127.5 - 10) / 32));
    expect(sidecar.scale).toBe(1 / 127.5);
    expect(warnings.some((sentence) => /"RGB, \(x - 127.5\) \/ 128, .*" is close to the best, "RGB, -1 to 1, /.test(sentence))).toBe(true);
  });

  it('takes the most usual of the ways that the images cannot tell apart, and a rarer one that is clearly better', async () => {
    // The most usual way is wrong on the first `lead` of the images on which a rarer one, "-1 to 1", is always right.
    const misledOn = (lead: number) => {
      const usual = 1 / 255;
      let seen = 0;
      return redModel((mean) => {
        const isRare = mean < 0;
        if (isRare) return ((mean + 1) * 127.5 - 10) / 32;
        return mean <= 255 * usual && seen++ < lead ? CLASSES - 1 - Math.round((mean * 255 - 10) / 32) : (mean * 255 - 10) / 32;
      });
    };
    const dark = images.filter(({ label }) => label < 3);
    const [near, clear] = [await examine(misledOn(1), { images: dark }), await examine(misledOn(40), { images: dark })];
    expect([near.sidecar.scale, near.findings[0]?.accuracy.value]).toEqual([1 / 255, 59 / 60]);
    expect(near.warnings.some((sentence) => /"RGB, -1 to 1, .*" is close to the best/.test(sentence))).toBe(true);
    expect(clear.sidecar.scale).toBe(1 / 127.5);
  });

  it('keeps the most usual way to the end, however many rarer ones chance has put before it', async () => {
    // "0 to 1" errs among the first images; "-1 to 1", its neighbour and "0 to 255" never do, and only three ways see the last images.
    let seen = 0;
    const model = redModel((mean) => {
      if (mean > 1) return (mean - 10) / 32;
      if (mean < 0) return mean >= -1 ? ((mean + 1) * 127.5 - 10) / 32 : CLASSES - 1;
      const found = (mean * 255 - 10) / 32;
      const isCropped = Math.abs(found - Math.round(found)) < 1e-3;
      if (isCropped) seen++;
      return isCropped && (seen === 5 || seen === 30) ? CLASSES - 1 : found;
    });
    const dark = images.filter(({ label }) => label < 3);
    const { sidecar, findings } = await examine(model, { images: [...dark, ...dark, ...dark] });
    expect([sidecar.scale, findings[0]?.images]).toEqual([1 / 255, 180]);
    expect(findings[0]?.accuracy.value).toBeLessThan(1);
    expect(findings.filter((each) => each.images === 180)).toHaveLength(3);
  });

  it('says when nothing suits the model', async () => {
    const { warnings } = await examine(
      redModel(() => 3.4, ['n', 3, SIZE, SIZE]),
      { images: images.filter(({ label }) => label !== 3) },
    );
    expect(warnings[0]).toMatch(/No usual preparation suits this model/);
  });

  it('gives up early on what is worse, so that it runs far less than everything', async () => {
    let runs = 0;
    const model = redModel((mean) => {
      runs++;
      return (mean * 255 - 10) / 32;
    });
    const { findings } = await examine(model);
    expect(findings.length).toBeGreaterThan(20);
    expect(runs).toBeLessThan((findings.length * images.length) / 2);
    expect(findings.filter(({ images: seen }) => seen > 16).length).toBeLessThanOrEqual(4);
    expect(runs).toBe(findings.reduce((sum, { images: seen }) => sum + seen, 0));
  });

  it('refuses what is no picture, and labels that the model does not know', async () => {
    await expect(examine(redModel(() => 0, ['n', 7]))).rejects.toThrow(
      'Cannot examine the model: its input "x" [n, 7] is no picture of 1 or 3 channels',
    );
    await expect(
      examine(
        redModel(() => 0),
        { images: images.map((image) => ({ ...image, label: 99 })) },
      ),
    ).rejects.toThrow(/it knows 8 classes, but image "0" has label 99/);
    await expect(
      examine(
        redModel(() => 0),
        { images: [] },
      ),
    ).rejects.toThrow(/has no images/);
  });
});
