import * as activation from './vjp/activation.ts';
import { add, div, mul, sub } from './vjp/arithmetic.ts';
import { batchNormalization } from './vjp/batch-normalization.ts';
import { clip } from './vjp/clip.ts';
import { concat, split } from './vjp/concat.ts';
import { conv, convTranspose } from './vjp/conv.ts';
import { gemm } from './vjp/gemm.ts';
import { matMul } from './vjp/mat-mul.ts';
import { instanceNormalization, layerNormalization } from './vjp/normalization.ts';
import { pRelu } from './vjp/p-relu.ts';
import { averagePool, globalAveragePool, globalMaxPool, maxPool } from './vjp/pooling.ts';
import { pow } from './vjp/pow.ts';
import { dequantizeLinear, quantizeLinear } from './vjp/quantize.ts';
import { reduceMax, reduceMean, reduceSum } from './vjp/reducing.ts';
import { cast, dropout, expand, flatten, identity, reshape, squeeze, transpose, unsqueeze } from './vjp/reshaping.ts';
import { resize } from './vjp/resize.ts';
import { depthToSpace, gather, pad, slice, spaceToDepth } from './vjp/slicing.ts';
import { logSoftmax, softmax } from './vjp/softmax.ts';
import type { VjpRule } from './vjp-rule.ts';

const RULES: readonly (readonly VjpRule[])[] = [
  Object.values(activation),
  [add, sub, mul, div, pow, pRelu, clip],
  [conv, convTranspose, gemm, matMul],
  [batchNormalization, layerNormalization, instanceNormalization],
  [softmax, logSoftmax, reduceSum, reduceMean, reduceMax],
  [maxPool, averagePool, globalAveragePool, globalMaxPool, resize],
  [concat, split, slice, gather, pad, depthToSpace, spaceToDepth],
  [reshape, flatten, squeeze, unsqueeze, transpose, expand, identity, dropout, cast],
  [quantizeLinear, dequantizeLinear],
];

/** Every op that can be trained. */
export const VJP_RULES: ReadonlyMap<string, VjpRule> = new Map(RULES.flat().map((rule) => [rule.op, rule]));
