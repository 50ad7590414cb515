import { join } from 'node:path';
import { parseSidecar } from '@fleetfit/vision';
import { beforeAll, describe, expect, it } from 'vitest';
import { memoryWork } from '../fakes/memory-work.ts';
import { colourFolder, scratch } from '../fakes/scratch.ts';
import { colourModel } from '../fakes/tiny-model.ts';

const { folder, write } = scratch();
const sidecar = { geometry: { resize: 'squash', width: 8, height: 8 }, scale: 1 / 255, classes: ['one', 'two', 'three'] };

beforeAll(async () => {
  await colourFolder(write, 'colours');
  write('other.onnx', colourModel());
  write('other.onnx.fleetfit.json', JSON.stringify(sidecar));
});

describe('training as a work item', { timeout: 60_000 }, () => {
  const begin = async () => {
    const work = memoryWork();
    const model = await work.get('importedModel', { $case: 'importModel', value: { path: join(folder, 'other.onnx'), sidecarJson: '' } });
    const dataset = await work.get('importedDataset', {
      $case: 'importDataset',
      value: { path: join(folder, 'colours'), format: 'auto', seed: 1, shares: [0.5, 0, 0.5, 0] },
    });
    const task = (settings: object) => ({
      $case: 'train' as const,
      value: {
        model: model.artifact,
        index: dataset.index,
        sidecarJson: model.sidecarJson,
        settingsJson: JSON.stringify(settings),
        threads: 1,
      },
    });
    return { work, task };
  };

  it('makes a model for the classes of the dataset, with the figures of every epoch', async () => {
    const { work, task } = await begin();
    const { model, figuresJson } = await work.get('trained', task({ epochs: 12, rate: 0.05, batch: 10, unfrozen: 1 }));
    expect(parseSidecar(model?.sidecarJson ?? '').classes).toEqual(['blue', 'green', 'red']);
    expect(JSON.parse(model?.factsJson ?? '')).toMatchObject({ outputs: [{ dims: [expect.anything(), 3] }] });
    const figures = JSON.parse(figuresJson) as { accuracy: number }[];
    expect(Math.max(...figures.map(({ accuracy }) => accuracy))).toBeGreaterThan(0.9);
  });

  it('goes on where another process was ended', async () => {
    const { work, task } = await begin();
    const whole = await work.get('trained', task({ epochs: 4, rate: 0.05, batch: 10, unfrozen: 1 }));
    expect(work.drafts.size).toBe(0);
    let steps = 0;
    const ended = new AbortController();
    const first = memoryWork({ signal: ended.signal, progress: () => void (++steps === 8 && ended.abort()) });
    for (const [name, bytes] of work.blobs) first.blobs.set(name, bytes);
    await expect(first.run(task({ epochs: 4, rate: 0.05, batch: 10, unfrozen: 1 }))).rejects.toMatchObject({ code: 'cancelled' });
    expect(first.drafts.size).toBe(1);
    const again = memoryWork();
    for (const [name, bytes] of work.blobs) again.blobs.set(name, bytes);
    for (const [key, bytes] of first.drafts) again.drafts.set(key, bytes);
    const resumed = await again.get('trained', task({ epochs: 4, rate: 0.05, batch: 10, unfrozen: 1 }));
    expect(resumed).toEqual(whole);
    expect(again.said.filter((what) => what.startsWith('epoch 1 '))).toEqual([]);
  });

  it('says what is wrong with its settings', async () => {
    const { work, task } = await begin();
    const failed = await work.get('failed', task({ epochs: 0 }));
    expect(failed.why).toContain('epochs');
  });
});
