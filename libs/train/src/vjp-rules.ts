import { add } from './vjp/add.ts';
import { batchNormalization } from './vjp/batch-normalization.ts';
import { conv } from './vjp/conv.ts';
import { flatten } from './vjp/flatten.ts';
import { gemm } from './vjp/gemm.ts';
import { globalAveragePool } from './vjp/global-average-pool.ts';
import { relu } from './vjp/relu.ts';
import type { VjpRule } from './vjp-rule.ts';

/** Every op that can be trained. */
export const VJP_RULES: ReadonlyMap<string, VjpRule> = new Map(
  [add, batchNormalization, conv, flatten, gemm, globalAveragePool, relu].map((rule) => [rule.op, rule]),
);
