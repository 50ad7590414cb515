import { describe, expect, it } from 'vitest';
import { planUploads } from './plan-uploads.ts';

const plan = (...paths: string[]) => {
  const { uploads, refused } = planUploads(paths.map((path) => ({ path, bytes: 1, data: path })));
  return { uploads: uploads.map(({ kind, name, files }) => [kind, name, files.map(({ path }) => path)]), refused };
};

describe('what was dropped', () => {
  it('is a model with its sidecar and its tensors, and a dataset, side by side', () => {
    expect(plan('net.onnx', 'net.onnx.fleetfit.json', 'net.onnx.data', 'drinks.zip').uploads).toEqual([
      ['model', 'net', ['net.onnx', 'net.onnx.data', 'net.onnx.fleetfit.json']],
      ['dataset', 'drinks', ['drinks.zip']],
    ]);
  });

  it('gives a lone sidecar the name that goes with its model', () => {
    expect(plan('net.onnx', 'preparation.json').uploads).toEqual([['model', 'net', ['net.onnx', 'net.onnx.fleetfit.json']]]);
  });

  it('is a dataset where a folder holds a folder for each label', () => {
    expect(plan('drinks/cup/1.jpg', 'drinks/mug/1.jpg', 'drinks/.DS_Store').uploads).toEqual([
      ['dataset', 'drinks', ['drinks/cup/1.jpg', 'drinks/mug/1.jpg']],
    ]);
  });

  it('is one dataset where several folders of images are dropped together: each is a label', () => {
    expect(plan('cup/1.jpg', 'mug/1.jpg').uploads).toEqual([['dataset', 'images', ['cup/1.jpg', 'mug/1.jpg']]]);
  });

  it('is MNIST or CIFAR by the names of the files', () => {
    expect(plan('t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz').uploads).toEqual([
      ['dataset', 'mnist', ['t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte.gz']],
    ]);
    expect(plan('data_batch_1.bin', 'classes.json').uploads).toEqual([['dataset', 'cifar', ['data_batch_1.bin', 'classes.json']]]);
  });

  it('takes images with a table of labels, and only with one', () => {
    expect(plan('labels.csv', '1.png', '2.png').uploads).toEqual([['dataset', 'images', ['labels.csv', '1.png', '2.png']]]);
    expect(plan('1.png', '2.png')).toEqual({
      uploads: [],
      refused: ['2 images have no label. Drop a folder with one folder for each label, or images with a labels.csv.'],
    });
  });

  it('says what to do with a model of another kind, and with images of one label', () => {
    expect(plan('net.pt').refused).toEqual(['“net.pt” is a model of another kind. Export it to ONNX and drop that.']);
    expect(plan('cup/1.png').refused[0]).toContain('images of one label only');
  });
});
