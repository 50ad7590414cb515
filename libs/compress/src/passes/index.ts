import type { Pass } from '@fleetfit/onnx';
import { foldBatchNorm } from './fold-batch-norm.ts';
import { quantize } from './quantize.ts';
import { raiseOpset } from './raise-opset.ts';

/** Every pass of this lib. A new pass is one file and one line here. */
export const compressionPasses: readonly Pass[] = [raiseOpset, foldBatchNorm, quantize];
