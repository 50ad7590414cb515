import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { FleetError } from '@fleetfit/core';
import { decodeModel, internalize, type Model, requireSupportedOpset, verifyModel } from '@fleetfit/onnx';
import type { ImportedModel, ImportModel } from '@fleetfit/protocol';
import { parseSidecar, SIDECAR_SUFFIX, type Sidecar } from '@fleetfit/vision';
import { reaching } from '../reaching.ts';
import { loadFiles, storeModel } from './model-blobs.ts';
import { factsOf, requireFits, requireSingle } from './model-facts.ts';
import type { WorkContext } from './work-context.ts';

/**
 * Takes in a model: reads and proves it, stores it in parts, opens those once.
 * @throws FleetError `not-found`, `corrupt` (truncated), `invalid` (no model; a wrong sidecar), `unsupported` (an opset or operator)
 */
export async function importModel({ path, sidecarJson }: ImportModel, context: WorkContext): Promise<ImportedModel> {
  context.progress(0, 'reading the model');
  const bytes = await reaching(path, async () => new Uint8Array(await readFile(path)));
  const model = withTensors(decodeModel(bytes), dirname(path));
  requireSupportedOpset(model);
  verifyModel(model);
  context.progress(0.3, 'storing its tensors');
  const { graph, tensors, bytes: size } = await storeModel(model, context.blobs);
  context.progress(0.7, 'opening it');
  const files = await loadFiles({ graph, tensors }, context.blobs);
  const session = await context.runtime.open(files, {
    provider: 'cpu',
    threads: context.threads,
    optimization: 'all',
    signal: context.signal,
  });
  try {
    requireSingle(session);
    const sidecar = await sidecarOf(path, sidecarJson);
    if (sidecar) requireFits(sidecar, session);
    return {
      artifact: { graph, tensors },
      factsJson: JSON.stringify(factsOf(model, { session, bytes: size, passes: context.passes })),
      sidecarJson: sidecar ? JSON.stringify(sidecar) : '',
    };
  } finally {
    await session.close();
  }
}

/** Tensors that lie in files beside the model. */
function withTensors(model: Model, folder: string): Model {
  return internalize(model, (location, offset, length) => {
    try {
      const bytes = new Uint8Array(readFileSync(join(folder, location)));
      return bytes.subarray(offset, length === undefined ? undefined : offset + length);
    } catch (cause) {
      throw new FleetError('not-found', `Cannot read the model: "${location}", which holds tensors of it, is not beside it`, { cause });
    }
  });
}

/** Devices report the best classes of an image: what they would say of boxes or pictures is no accuracy. */
function classifying(sidecar: Sidecar): Sidecar {
  if (sidecar.task === 'classify') return sidecar;
  throw new FleetError('unsupported', `Cannot add the model: sweeps measure classifiers only so far, and its task is "${sidecar.task}"`);
}

async function sidecarOf(path: string, given: string): Promise<Sidecar | undefined> {
  if (given !== '') return classifying(parseSidecar(given));
  try {
    return classifying(parseSidecar(await readFile(`${path}${SIDECAR_SUFFIX}`, 'utf8')));
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
}
