import type { Pass } from '@fleetfit/onnx';
import { castWeights } from './cast-weights.ts';
import { equalize } from './equalize.ts';
import { factorize } from './factorize.ts';
import { foldBatchNorm } from './fold-batch-norm.ts';
import { mergeLinear } from './merge-linear.ts';
import { narrowBottleneck } from './narrow-bottleneck.ts';
import { pruneChannels } from './prune-channels.ts';
import { quantize } from './quantize.ts';
import { quantizeDynamic } from './quantize-dynamic.ts';
import { quantizeWeights } from './quantize-weights.ts';
import { raiseOpset } from './raise-opset.ts';
import { resizeInput } from './resize-input.ts';
import { simplify } from './simplify.ts';

/** Every pass of this lib, in the order in which the space offers them. A new pass is one file and one line here. */
export const compressionPasses: readonly Pass[] = [
  raiseOpset,
  simplify,
  foldBatchNorm,
  mergeLinear,
  resizeInput,
  pruneChannels,
  factorize,
  narrowBottleneck,
  castWeights,
  quantizeWeights,
  equalize,
  quantize,
  quantizeDynamic,
];
