import { applyRecipe, compressionPasses } from '@fleetfit/compress';
import { isRefusal, seededRng } from '@fleetfit/core';
import { encodeModel, type Model } from '@fleetfit/onnx';
import { nodeRuntime } from '@fleetfit/runtime-node';
import { parseRecipe } from '@fleetfit/space';
import { boxesOf, type Detections, geometryOf, meanAveragePrecision } from '@fleetfit/vision';
import type { Field, RowContext } from '../bench.ts';
import { type Kernels, opened } from './answers.ts';
import { calibrationOf, type Images, tensorOf } from './images.ts';

interface JudgedDetector {
  readonly model: Model;
  /** Those that judge. */
  readonly images: Images;
  readonly fits: Images;
  readonly recipe: string;
  readonly kernels: Kernels;
  readonly context: RowContext;
  /** The judging images in the size that a candidate takes. */
  readonly imagesFor: (candidate: Model) => Promise<Images>;
}

/** Applies a recipe fitted on one set of images, and compares mean average precision on another. */
export async function judgeDetector(judged: JudgedDetector): Promise<{ fields: Record<string, Field>; candidate: Model }> {
  const { model, images, fits, recipe, kernels, context } = judged;
  const applied = await applyRecipe(model, parseRecipe(recipe), {
    passes: compressionPasses,
    context: {
      runtime: nodeRuntime(),
      threads: 1,
      calibration: calibrationOf(fits, model.graph.inputs[0]?.name ?? '', [...fits.pixels.keys()]),
      original: model,
      rng: seededRng(recipe),
      signal: context.signal,
      progress: () => {},
    },
  });
  if (isRefusal(applied)) throw new Error(applied.why);
  const before = await detections(model, images, 'fused');
  const after = await detections(applied.model, await judged.imagesFor(applied.model), kernels);
  const [was, is] = [meanAveragePrecision(before.found), meanAveragePrecision(after.found)];
  context.say(`${recipe}: mAP ${is.mean.toFixed(3)} of ${was.mean.toFixed(3)}`);
  return {
    candidate: applied.model,
    fields: {
      images: images.pixels.length,
      original_map: was.mean,
      candidate_map: is.mean,
      map_drop: was.mean - is.mean,
      original_map50: was.half,
      candidate_map50: is.half,
      ...signalToNoise(before.outputs, after.outputs),
      megabytes: encodeModel(applied.model).length / 1e6,
    },
  };
}

interface Found {
  readonly found: readonly Detections[];
  readonly outputs: readonly Float32Array[];
}

async function detections(model: Model, images: Images, kernels: Kernels): Promise<Found> {
  const { post } = images.sidecar;
  if (!post) throw new Error('the sidecar declares no boxes');
  const session = await opened(model, kernels);
  try {
    const found: Detections[] = [];
    const outputs: Float32Array[] = [];
    for (const i of images.pixels.keys()) {
      const results = await session.run({ [session.inputs[0]?.name ?? '']: tensorOf(images, i) });
      const output = results[session.outputs[0]?.name ?? ''];
      if (!(output?.data instanceof Float32Array)) throw new Error('the detector answers no float32');
      found.push({
        drawn: images.boxes[i] ?? [],
        found: boxesOf({ data: output.data, dims: output.dims }, geometryOf(images.sidecar), post),
      });
      outputs.push(output.data);
    }
    return { found, outputs };
  } finally {
    await session.close();
  }
}

/** None where the outputs have another size: the input was resized. */
function signalToNoise(wanted: readonly Float32Array[], got: readonly Float32Array[]): Record<string, Field> {
  let signal = 0;
  let noise = 0;
  wanted.forEach((answer, i) => {
    answer.forEach((value, j) => {
      signal += value * value;
      noise += (value - (got[i]?.[j] ?? Number.NaN)) ** 2;
    });
  });
  const snr = 10 * Math.log10(signal / noise);
  return Number.isFinite(snr) ? { snr_db: snr } : {};
}
