import { FleetError } from '@fleetfit/core';
import type { Model } from './model.ts';
import { NEWEST_OPSET, OLDEST_OPSET } from './schema.ts';

/**
 * The gate of everything that changes or measures a model: operators before opset 7 mean other things (broadcasting, BatchNormalization),
 * and runtimes promise nothing for them. Reading and writing need no such promise, so `decodeModel` takes them.
 * @throws FleetError `unsupported`
 */
export function requireSupportedOpset(model: Model): void {
  const opset = model.opsets.get('');
  if (opset === undefined || opset >= OLDEST_OPSET) return;
  throw new FleetError(
    'unsupported',
    `Cannot use the model: it has opset ${opset}; opsets ${OLDEST_OPSET} to ${NEWEST_OPSET} are supported`,
    {
      next: 'export the model again with a newer opset, or convert it with onnx.version_converter',
    },
  );
}
