import type { LabModelName } from './lab-models.ts';

/** What a row of the table must reach. */
interface Limits {
  readonly drop?: number;
  readonly agreement?: number;
  /** Points below the naive candidate. */
  readonly belowNaive?: number;
  readonly megabytes?: number;
  readonly times?: number;
  readonly timesNaive?: number;
  readonly mapDrop?: number;
  readonly smaller?: number;
}

export interface TableRow {
  readonly name: string;
  readonly kind: 'classifier' | 'detector' | 'stored';
  readonly model: LabModelName;
  readonly recipe: string;
  readonly naive: string;
  /** `vnni`: 8-bit kernels, which overflow without it. */
  readonly needs: 'vnni' | 'any';
  readonly limits: Limits;
}

const NAIVE = 'quantize{range=min-max,scale=max,equalize=0,correct=none}';
const NAIVE_7 = 'quantize{bits=7,range=min-max,scale=max,equalize=0,correct=none}';
const FINE = 'range=answers,rounding=adaptive';

const MOBILENET = { kind: 'classifier', model: 'mobilenetv2-1.0' } as const;
const SQUEEZENET = { kind: 'classifier', model: 'squeezenet1.1' } as const;
const UNIFORM = 'scope=expanded,spread=uniform,criterion=magnitude,refit=no,round=1';
const PRUNED = 'prune-channels{remove=0.3,of=macs,scope=expanded,fit=chained}';

const INT8: readonly TableRow[] = [
  {
    ...MOBILENET,
    name: 'mobilenetv2 int8',
    recipe: `quantize{stem=float,${FINE}}`,
    naive: NAIVE,
    needs: 'vnni',
    limits: { drop: 0.6, agreement: 97, megabytes: 3.7, times: 2, timesNaive: 1.08 },
  },
  {
    ...MOBILENET,
    name: 'mobilenetv2 7-bit',
    recipe: `quantize{stem=float,bits=7,${FINE}}`,
    naive: NAIVE_7,
    needs: 'any',
    limits: { drop: 0.8, agreement: 95 },
  },
  {
    ...SQUEEZENET,
    name: 'squeezenet int8',
    recipe: `quantize{${FINE}}`,
    naive: NAIVE,
    needs: 'vnni',
    limits: { drop: 0.6, agreement: 96, times: 1.8 },
  },
  {
    ...SQUEEZENET,
    name: 'squeezenet 7-bit',
    recipe: `quantize{bits=7,${FINE}}`,
    naive: NAIVE_7,
    needs: 'any',
    limits: { drop: 0.8, agreement: 95 },
  },
];

const DETECTORS: readonly TableRow[] = [
  {
    name: 'yolox-nano, smaller input',
    kind: 'detector',
    model: 'yolox-nano-416',
    recipe: 'merge-linear | resize-input{size=352}',
    naive: 'resize-input{size=352}',
    needs: 'any',
    limits: { mapDrop: 0.013, times: 1.45 },
  },
  {
    name: 'yolox-nano int8',
    kind: 'detector',
    model: 'yolox-nano-416',
    recipe: `merge-linear | quantize{stem=float,floor=14,${FINE}}`,
    naive: NAIVE,
    needs: 'vnni',
    limits: { mapDrop: 0.013, megabytes: 1.2 },
  },
  {
    name: 'fastestdet int8',
    kind: 'detector',
    model: 'fastestdet-352',
    recipe: `quantize{stem=float,${FINE}}`,
    naive: NAIVE,
    needs: 'vnni',
    limits: {},
  },
];

const SMALLER: readonly TableRow[] = [
  {
    ...MOBILENET,
    name: 'mobilenetv2, 20 % of hidden channels pruned',
    recipe: 'prune-channels{remove=0.2,of=channels,scope=expanded,fit=chained}',
    naive: `prune-channels{remove=0.2,of=channels,${UNIFORM}}`,
    needs: 'any',
    limits: { drop: 8, times: 1.08 },
  },
  {
    ...MOBILENET,
    name: 'mobilenetv2, 30 % of hidden MACs pruned',
    recipe: PRUNED,
    naive: `prune-channels{remove=0.3,of=macs,${UNIFORM}}`,
    needs: 'any',
    limits: { drop: 13, times: 1.3 },
  },
  {
    ...MOBILENET,
    name: 'mobilenetv2, low rank',
    recipe: 'factorize{keep=0.6,width=64,kernels=1x1,fit=chained}',
    naive: 'factorize{keep=0.6,method=svd,spread=uniform}',
    needs: 'any',
    limits: { drop: 18 },
  },
  {
    ...MOBILENET,
    name: 'mobilenetv2, pruned and merged bottleneck',
    recipe: 'prune-channels{remove=0.3,of=channels,scope=expanded,fit=chained} | narrow-bottleneck{layer=conv50,keep=192}',
    naive: `prune-channels{remove=0.3,of=channels,${UNIFORM}}`,
    needs: 'any',
    limits: { drop: 16, times: 1.15 },
  },
  {
    ...MOBILENET,
    name: 'mobilenetv2, pruned then int8',
    recipe: `${PRUNED} | quantize{stem=float,${FINE}}`,
    // At most a point below the pruned one: that is what it is beside here.
    naive: PRUNED,
    needs: 'vnni',
    limits: { belowNaive: 1, megabytes: 3.4, times: 2.5 },
  },
];

const STORED: readonly TableRow[] = [
  {
    name: 'resnet20 stored',
    kind: 'stored',
    model: 'resnet20-cifar10',
    recipe: 'fold-batch-norm | quantize-weights{bits=4,rounding=adaptive,scale=mse}',
    naive: 'fold-batch-norm | quantize-weights{bits=4}',
    needs: 'any',
    limits: { smaller: 8.7, drop: 0.6 },
  },
  {
    name: 'resnet20 stored smaller',
    kind: 'stored',
    model: 'resnet20-cifar10',
    recipe: 'fold-batch-norm | quantize-weights{bits=4,rounding=adaptive,scale=mse,step=1.3}',
    naive: 'fold-batch-norm | quantize-weights{bits=4}',
    needs: 'any',
    limits: { smaller: 9.4, drop: 1.5 },
  },
];

/** Every row, with what it must reach and the naive way of doing the same. */
export const TABLE: readonly TableRow[] = [...INT8, ...DETECTORS, ...SMALLER, ...STORED];
