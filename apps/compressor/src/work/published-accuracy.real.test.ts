import { findLab } from '@fleetfit/host/testing';
import { parseSidecar, preparationOf, type SidecarInput } from '@fleetfit/vision';
import { describe, expect, it } from 'vitest';
import { memoryWork } from '../fakes/memory-work.ts';

const lab = findLab('apps/compressor');

// Accuracies as published with these files, to the image.
const imagenet: SidecarInput = {
  geometry: { resize: 'short-side-crop', shortSide: 256, width: 224, height: 224 },
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};
const cifar: SidecarInput = {
  geometry: { resize: 'squash', width: 32, height: 32 },
  scale: 1 / 255,
  mean: [0.4914, 0.4822, 0.4465],
  std: [0.2023, 0.1994, 0.201],
};
const mnist: SidecarInput = { geometry: { resize: 'squash', width: 28, height: 28, channels: 1 }, order: 'grey' };
const cases = [
  { model: 'mobilenetv2-1.0', data: 'imagenet500', sidecar: imagenet, images: 500, top1: 408, top5: 481 },
  { model: 'squeezenet1.1', data: 'imagenet500', sidecar: imagenet, images: 500, top1: 296, top5: 402 },
  { model: 'resnet20-cifar10', data: 'cifar10/test-1000.bin.gz', sidecar: cifar, images: 1000, top1: 818 },
  { model: 'mnist-8', data: 'mnist', sidecar: mnist, images: 10_000, top1: 9891 },
];

const MINUTES = 60_000;

async function imported(model: string, data: string, sidecar?: SidecarInput) {
  const work = memoryWork({ threads: 2 });
  const json = sidecar ? JSON.stringify(sidecar) : '';
  const net = await work.get('importedModel', {
    $case: 'importModel',
    value: { path: `${lab}/data/models/${model}.onnx`, sidecarJson: json },
  });
  const dataset = { path: `${lab}/data/${data}`, format: 'auto', seed: 1, shares: [0, 0, 1, 0] };
  const images = await work.get('importedDataset', { $case: 'importDataset', value: dataset });
  return { work, net, images };
}

describe.each(cases)('$model on $data (needs ../shared)', ({ model, data, sidecar, ...wanted }) => {
  it.skipIf(!lab)(
    'has its published accuracy to the image',
    async () => {
      const { work, net, images } = await imported(model, data, sidecar);
      const full = parseSidecar(net.sidecarJson);
      const geometryJson = JSON.stringify(full.geometry);
      const prepared = await work.get('preparedImages', {
        $case: 'prepareImages',
        value: { index: images.index, split: 'validation', limit: 0, geometryJson },
      });
      const { classes } = await work.get('evaluated', {
        $case: 'evaluate',
        value: { artifact: net.artifact, images: prepared.packs, preparation: preparationOf(full), top: 5, threads: 1 },
      });
      const right = (k: number) => prepared.labels.filter((label, i) => classes.slice(i * 5, i * 5 + k).includes(label)).length;
      expect({ images: prepared.labels.length, top1: right(1), top5: wanted.top5 === undefined ? undefined : right(5) }).toEqual({
        top5: undefined,
        ...wanted,
      });
    },
    3 * MINUTES,
  );

  it.skipIf(!lab)(
    'is understood by the intake doctor',
    async () => {
      const { work, net, images } = await imported(model, data);
      expect(net.sidecarJson).toBe('');
      const examined = await work.get('examined', { $case: 'examine', value: { model: net.artifact, index: images.index, limit: 100 } });
      const { geometry, order, layout, scale, mean, std } = parseSidecar(sidecar);
      const truth = { geometry, order, layout, scale, mean, std };
      const [best, ...others] = JSON.parse(examined.findingsJson);
      expect(parseSidecar(examined.sidecarJson)).toMatchObject({ order, layout });
      // Some ways differ by less than a hundred images can show: then the doctor says so.
      const close = others.filter((finding: { what: string }) =>
        examined.warnings.some((sentence) => sentence.startsWith(`"${finding.what}"`)),
      );
      expect([best, ...close]).toContainEqual(expect.objectContaining({ sidecar: expect.objectContaining(truth) }));
      expect(best.accuracy).toBeGreaterThan(0.5);
    },
    5 * MINUTES,
  );
});
