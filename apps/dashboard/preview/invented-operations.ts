import { type DatasetView, type ModelView, type Operations, qrCode } from '@fleetfit/api';
import { datasetId, FleetError, modelId } from '@fleetfit/core';
import type { SweepRow, SweepView } from '@fleetfit/sweep';
import { inventedDevices, inventedSweep } from './invented-fleet.ts';

const MODEL: Omit<ModelView, 'addedAt'> = {
  id: modelId('m1'),
  name: 'mobilenetv2-1.0',
  state: { kind: 'ready' },
  bytes: 13_964_244,
  parameters: 3_504_872,
  opset: 10,
  inputs: [{ name: 'data', type: 'float32', dims: ['N', 3, 224, 224] }],
  outputs: [{ name: 'mobilenetv20_output_flatten0_reshape0', type: 'float32', dims: ['N', 1000] }],
  operators: [
    { op: 'Conv', count: 52 },
    { op: 'BatchNormalization', count: 52 },
    { op: 'Relu', count: 35 },
    { op: 'Add', count: 10 },
    { op: 'GlobalAveragePool', count: 1 },
    { op: 'Reshape', count: 1 },
  ],
  layers: [],
  sidecar: {
    task: 'classify',
    classes: 1000,
    geometry: { resize: 'short-side-crop', shortSide: 256, width: 224, height: 224, channels: 3 },
    layout: 'nchw',
    order: 'rgb',
    scale: 1 / 255,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
  findings: [
    { what: 'NCHW, RGB, ImageNet mean and deviation, to 256 and crop 224', accuracy: 0.719, images: 5_000 },
    { what: 'NCHW, RGB, ImageNet mean and deviation, to 232 and crop 224', accuracy: 0.715, images: 5_000 },
    { what: 'NCHW, RGB, ImageNet mean and deviation, stretch to 224', accuracy: 0.694, images: 1_000 },
    { what: 'NCHW, RGB, −1 to 1, to 256 and crop 224', accuracy: 0.668, images: 1_000 },
    { what: 'NCHW, BGR, ImageNet mean and deviation, to 256 and crop 224', accuracy: 0.623, images: 1_000 },
    { what: 'NCHW, RGB, 0 to 1, to 256 and crop 224', accuracy: 0.546, images: 500 },
    { what: 'NCHW, RGB, 0 to 255, to 256 and crop 224', accuracy: 0.004, images: 500 },
  ],
  evaluations: [{ dataset: 'd1', split: 'validation', images: 5_000, top1: 3_594, top5: 4_522 }],
  warnings: ['Two are close: resize to 256 gives 0.4 points more than to 232 (−0.1 to 0.9): undecided. Take what was used in training.'],
};

const DATASET: Omit<DatasetView, 'addedAt'> = {
  id: datasetId('d1'),
  name: 'imagenet-val-5k',
  state: { kind: 'ready' },
  classes: [
    'teapot',
    'beacon',
    'umbrella',
    'agaric',
    'lemon',
    'traffic light',
    'yawl',
    'espresso',
    'candle',
    'orange',
    'water bottle',
    'beer glass',
  ],
  images: 20_512,
  imagesByClass: [],
  splits: { training: 10_000, calibration: 512, validation: 5_000, test: 5_000 },
};

async function* slowly<View>(make: () => View, signal: AbortSignal): AsyncGenerator<View> {
  while (!signal.aborted) {
    yield make();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}

const PHONE_LINK = 'https://192.168.1.20:7444/j#9fQx27LmKtR4.q3pVt8Zb1Xw';

/** Operations over the invented fleet; with `empty`, over a fleet that has nothing yet. Commands change nothing. */
export function inventedOperations(startedAt: number, empty: boolean): Operations {
  const sweep = inventedSweep(startedAt);
  const model = { ...MODEL, addedAt: startedAt - 3_600_000 };
  const dataset = { ...DATASET, addedAt: startedAt - 3_600_000 };
  const devices = () => (empty ? [] : inventedDevices(Date.now()));
  const rows = () => (empty ? [] : rowsOf(sweep));
  const only = () =>
    Promise.reject(new FleetError('unsupported', 'Cannot do this: the fleet of the preview is invented', { next: 'fleetfit up' }));
  return {
    health: async () => ({ version: '0.1.0', startedAt, store: 'nothing', natsVersion: '0', compressors: 2 }),
    listDevices: () => Promise.resolve(devices()),
    watchDevices: (signal) => slowly(devices, signal),
    inviteDevice: () =>
      Promise.resolve({
        link: 'fleetfit://192.168.1.20:7441/#9fQx27LmKtR4',
        phoneLink: PHONE_LINK,
        code: 'K7QF-3M9P',
        qr: qrCode(PHONE_LINK),
        expiresAt: Date.now() + 600_000,
      }),
    approveDevice: only,
    revokeDevice: only,
    renameDevice: only,
    useThisComputer: only,
    candidateDetail: only,
    tagDevice: only,
    pauseDevice: only,
    resumeDevice: only,
    listModels: () => Promise.resolve(empty ? [] : [model]),
    showModel: () => Promise.resolve(model),
    addModel: only,
    addUploadedModel: only,
    examineModel: only,
    prepareModelAs: only,
    adaptModel: only,
    evaluateModel: only,
    watchModel: (_id, signal) => slowly(() => model, signal),
    listDatasets: () => Promise.resolve(empty ? [] : [dataset]),
    addDataset: only,
    addUploadedDataset: only,
    samplesOf: () => Promise.resolve({ total: 0, images: [] }),
    watchDataset: (_id, signal) => slowly(() => dataset, signal),
    listSweeps: () => Promise.resolve(rows()),
    watchSweeps: (signal) => slowly(rows, signal),
    showSweep: () => Promise.resolve(sweep),
    watchSweep: (id, signal) => {
      if (id !== sweep.id) throw new FleetError('not-found', `Cannot follow sweep ${id}: there is none`, { next: 'fleetfit sweep list' });
      return slowly(() => sweep, signal);
    },
    startSweep: only,
    pauseSweep: only,
    resumeSweep: only,
    extendSweep: only,
    cancelSweep: only,
    exportsOf: () => Promise.resolve([]),
    estimateSweep: only,
    limitSweep: only,
    overviewOf: only,
    watchOverview: () => {
      throw new FleetError('unsupported', 'Cannot follow the sweep: the fleet of the preview is invented', { next: 'npm run seeded' });
    },
    candidateWindow: only,
    candidateOf: only,
    crowdOf: only,
    knobLinesOf: only,
    timelineOf: only,
    compareCandidates: only,
    portfolioOf: () => Promise.resolve(undefined),
    whatIf: only,
  };
}

function rowsOf(sweep: SweepView): readonly SweepRow[] {
  const { id, number, name, state, progress } = sweep;
  const row: SweepRow = {
    id,
    number,
    name,
    state,
    model: sweep.model.name,
    dataset: sweep.dataset.name,
    done: 44,
    total: progress.total,
    startedAt: progress.startedAt,
    endedAt: undefined,
  };
  const endedAt = progress.startedAt - 3 * 3_600_000;
  return [row, { ...row, number: 2, name: 'a first look', state: 'done', done: 24, total: 24, startedAt: endedAt - 51 * 60_000, endedAt }];
}
