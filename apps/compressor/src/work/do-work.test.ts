import { join } from 'node:path';
import { parseSidecar, preparationOf, type SidecarInput } from '@fleetfit/vision';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { memoryWork } from '../fakes/memory-work.ts';
import { colourFolder, scratch } from '../fakes/scratch.ts';
import { colourModel } from '../fakes/tiny-model.ts';

const { folder, write } = scratch();
const at = (name: string): string => join(folder, name);
const sidecar: SidecarInput = { geometry: { resize: 'squash', width: 8, height: 8 }, scale: 1 / 255, classes: ['blue', 'green', 'red'] };
const SHARES = [0.5, 0.1, 0.2, 0.2];

beforeAll(async () => {
  await colourFolder(write, 'colours');
  write('colours.onnx', colourModel());
  write('described.onnx', colourModel());
  write('described.onnx.fleetfit.json', JSON.stringify(sidecar));
});

const importModel = (path: string, sidecarJson = '') => ({ $case: 'importModel' as const, value: { path, sidecarJson } });
const importDataset = (path: string, shares = SHARES, format = 'auto') => ({
  $case: 'importDataset' as const,
  value: { path, format, seed: 1, shares },
});

describe('work items, one after another', () => {
  it('take a model and images to a smaller model that is as right', async () => {
    const work = memoryWork();
    const model = await work.get('importedModel', importModel(at('described.onnx')));
    const full = parseSidecar(model.sidecarJson);
    expect(full.classes).toEqual(['blue', 'green', 'red']);
    expect(JSON.parse(model.factsJson)).toMatchObject({
      opset: 17,
      layers: 2,
      macs: 8 * 27 * 64 + 3 * 32,
      parameters: 8 * 27 + 8 + 3 * 32 + 3,
      inputs: [{ name: 'image' }],
      space: { knobs: expect.any(Array) },
    });

    const dataset = await work.get('importedDataset', importDataset(at('colours')));
    expect(JSON.parse(dataset.factsJson)).toMatchObject({
      format: 'folder',
      classes: ['blue', 'green', 'red'],
      images: 60,
      splits: { training: 30, calibration: 6, validation: 12, test: 12 },
    });
    const prepare = (split: string, limit = 0) =>
      work.get('preparedImages', {
        $case: 'prepareImages',
        value: { index: dataset.index, split, limit, geometryJson: JSON.stringify(full.geometry) },
      });
    const calibration = await prepare('calibration');
    const validation = await prepare('validation');
    expect((await prepare('validation', 6)).labels).toEqual(validation.labels.slice(0, 6));
    expect([...validation.labels].sort((a, b) => a - b)).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2]);

    const preparation = preparationOf(full, 'image');
    const compressed = await work.get('compressed', {
      $case: 'compress',
      value: { original: model.artifact, recipe: 'quantize{per=channel}', calibration: calibration.packs, preparation, threads: 1 },
    });
    expect(compressed.sentence).toMatch(/8-bit/);
    expect(JSON.parse(compressed.historyJson)).toContainEqual(expect.objectContaining({ kind: 'changed', layer: 'conv' }));
    expect(JSON.parse(compressed.conditionsJson)).toMatchObject({ runtime: 'onnxruntime-node', threads: 1 });
    const everything = [compressed.artifact?.graph, ...(compressed.artifact?.tensors ?? [])];
    expect(everything.reduce((sum, blob) => sum + (blob?.bytes ?? 0), 0)).toBe(compressed.bytes);

    for (const artifact of [model.artifact, compressed.artifact]) {
      const value = { artifact, images: validation.packs, preparation, top: 2, threads: 1 };
      const { classes } = await work.get('evaluated', { $case: 'evaluate', value });
      expect(classes.filter((_, i) => i % 2 === 0)).toEqual(validation.labels);
      expect(classes.length).toBe(2 * validation.labels.length);
    }
  });

  it('give equal bytes for equal recipes', async () => {
    const work = memoryWork();
    const { artifact } = await work.get('importedModel', importModel(at('colours.onnx')));
    const value = { original: artifact, recipe: 'original', calibration: [], preparation: undefined, threads: 1 };
    const one = await work.get('compressed', { $case: 'compress', value });
    expect(one.artifact).toEqual(artifact);
    expect(one.sentence).toBe('Original, 32-bit float');
  });

  it('find out how a model wants its images', async () => {
    const work = memoryWork();
    const { artifact, sidecarJson } = await work.get('importedModel', importModel(at('colours.onnx')));
    expect(sidecarJson).toBe('');
    const { index } = await work.get('importedDataset', importDataset(at('colours')));
    const examined = await work.get('examined', { $case: 'examine', value: { model: artifact, index, limit: 0 } });
    expect(parseSidecar(examined.sidecarJson)).toMatchObject({ order: 'rgb', layout: 'nchw', input: 'image' });
    const [best] = JSON.parse(examined.findingsJson);
    // The test split is for the winners of a sweep: 48 of the 60 images remain.
    expect(best).toMatchObject({ what: expect.stringContaining('RGB'), accuracy: 1, images: 48 });
    expect(work.said.some((sentence) => sentence.includes('ways on image'))).toBe(true);
  });
});

describe('bad input', () => {
  const failure = async (task: Parameters<ReturnType<typeof memoryWork>['run']>[0], work = memoryWork()) => {
    const value = await work.get('failed', task);
    // One sentence for people: what cannot be done and why.
    expect(value.why).toMatch(/^Cannot [^:]+: .+/);
    expect(value.why).not.toContain('\n');
    return value;
  };

  it('is refused as a model', async () => {
    const bytes = colourModel();
    const cut = await failure(importModel(write('cut.onnx', bytes.subarray(0, bytes.length - 100))));
    expect(cut).toMatchObject({ code: 'corrupt', why: expect.stringContaining(`of ${bytes.length}`) });
    expect(await failure(importModel(at('none.onnx')))).toMatchObject({ code: 'not-found' });
    expect(await failure(importModel(folder))).toMatchObject({ code: 'invalid', why: expect.stringContaining('it is a folder') });
    expect(await failure(importModel(write('text.onnx', 'no model')))).toMatchObject({ code: expect.stringMatching(/invalid|corrupt/) });
    const old = await failure(importModel(write('old.onnx', colourModel({ opset: 6 }))));
    expect(old).toMatchObject({ code: 'unsupported', why: expect.stringContaining('opset 6') });
    const odd = await failure(importModel(write('odd.onnx', colourModel({ unknownOp: true }))));
    expect(odd).toMatchObject({ code: 'unsupported', why: expect.stringContaining('NoSuchOperator') });
    const four = await failure(importModel(write('four.onnx', colourModel({ batch: 4 }))));
    expect(four.why).toContain('takes exactly 4 images at once');
  });

  it('is refused as a sidecar', async () => {
    expect((await failure(importModel(at('colours.onnx'), '{'))).why).toContain('it is not JSON');
    const wide = JSON.stringify({ ...sidecar, geometry: { resize: 'squash', width: 9, height: 8 } });
    expect((await failure(importModel(at('colours.onnx'), wide))).why).toContain(
      'it makes images [1, 3, 8, 9], but input "image" takes [batch, 3, 8, 8]',
    );
    expect((await failure(importModel(at('colours.onnx'), JSON.stringify({ ...sidecar, input: 'x' })))).why).toContain(
      'has no input "x", only "image"',
    );
  });

  it('is refused as a dataset', async () => {
    write('empty/readme.txt', 'nothing');
    expect((await failure(importDataset(at('empty')))).why).toContain('no images with labels');
    expect((await failure(importDataset(at('nowhere')))).code).toBe('not-found');
    write('wrong/labels.csv', 'file,label\na.png,0\na.png,7\n');
    write('wrong/classes.json', '["a","b"]');
    write(
      'wrong/a.png',
      await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    );
    expect((await failure(importDataset(at('wrong')))).why).toContain('1 of 2 label is outside 0..1 (2 classes): "a.png" has 7');
    write('broken/a/1.jpg', 'no picture');
    expect((await failure(importDataset(at('broken')))).why).toContain('1 of 1 images cannot be read: "a/1.jpg"');
    expect((await failure(importDataset(at('colours'), [1, 1, 0, 0]))).why).toContain('must sum to 1');
    expect((await failure(importDataset(at('colours'), SHARES, 'zip'))).why).toContain('no format "zip"');
  });

  it('is named when an image turns out to be cut short', async () => {
    const work = memoryWork();
    const whole = await sharp({
      create: { width: 64, height: 64, channels: 3, background: 'red', noise: { type: 'gaussian', mean: 128, sigma: 60 } },
    })
      .jpeg()
      .toBuffer();
    write('cut/a/1.jpg', whole.subarray(0, whole.length / 2));
    const { index } = await work.get('importedDataset', importDataset(at('cut'), [0, 0, 1, 0]));
    const geometryJson = JSON.stringify(parseSidecar(sidecar).geometry);
    const task = (split: string) => ({ $case: 'prepareImages' as const, value: { index, split, limit: 0, geometryJson } });
    expect(await failure(task('validation'), work)).toMatchObject({
      code: 'corrupt',
      why: expect.stringContaining('Cannot read image "a/1.jpg": '),
    });
    expect((await failure(task('test'), work)).why).toContain('the test split of this dataset is empty');
    expect((await failure(task('best'), work)).why).toContain('there is no split "best"');
  });

  it('is refused as a recipe, or as an artifact that is not there', async () => {
    const work = memoryWork();
    const { artifact } = await work.get('importedModel', importModel(at('colours.onnx')));
    const compress = (recipe: string, original = artifact) => ({
      $case: 'compress' as const,
      value: { original, recipe, calibration: [], preparation: undefined, threads: 1 },
    });
    expect((await failure(compress('quantize{'), work)).why).toContain('Cannot read the recipe');
    expect((await failure(compress('magic'), work)).why).toContain('magic');
    expect((await failure(compress('original'), memoryWork())).code).toBe('not-found');
    expect((await failure(compress('original', { graph: undefined, tensors: [] }), work)).why).toContain('it has no graph');
    // Static quantization needs images to see: an expected no, not a failure.
    expect(await work.run(compress('quantize'))).toMatchObject({
      $case: 'refused',
      value: { why: expect.stringContaining('calibration') },
    });
  });

  it('does not hide a model that does not know the labels', async () => {
    const work = memoryWork();
    const { artifact } = await work.get('importedModel', importModel(at('colours.onnx')));
    write('four/labels.csv', 'file,label\na.png,3\n');
    write(
      'four/a.png',
      await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    );
    const { index } = await work.get('importedDataset', importDataset(at('four'), [0, 0, 1, 0]));
    expect((await failure({ $case: 'examine', value: { model: artifact, index, limit: 0 } }, work)).why).toContain(
      'it knows 3 classes, but image "a.png" has label 3',
    );
  });

  it('is unknown work', async () => {
    const result = await memoryWork().run({
      $case: 'prepareImages',
      value: { index: undefined, split: 'test', limit: 0, geometryJson: '' },
    });
    expect(result).toMatchObject({ $case: 'failed', value: { code: 'invalid' } });
  });
});
