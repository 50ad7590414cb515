import { FleetError } from '@fleetfit/core';
import type { Evaluate, Evaluated } from '@fleetfit/protocol';
import { topClasses } from '@fleetfit/vision';
import { loadPacks, tensorsOf } from './image-packs.ts';
import { loadFiles } from './model-blobs.ts';
import type { WorkContext } from './work-context.ts';

/**
 * The best classes of every image, `top` of them each. Images are run one at a time: with dynamic quantization what stands
 * beside an image in a batch would change its answer.
 */
export async function evaluate(task: Evaluate, context: WorkContext): Promise<Evaluated> {
  const { preparation } = task;
  if (!preparation) throw new FleetError('invalid', 'Cannot evaluate: the preparation is missing');
  const files = await loadFiles(task.artifact, context.blobs);
  const threads = task.threads || context.threads;
  const session = await context.runtime.open(files, { provider: 'cpu', threads, optimization: 'all', signal: context.signal });
  const count = task.images.reduce((sum, pack) => sum + pack.count, 0);
  const top = Math.max(1, task.top);
  const classes: number[] = [];
  try {
    for await (const pack of loadPacks(task.images, context.blobs)) {
      for (const tensor of tensorsOf(pack, preparation, 1)) {
        context.signal.throwIfAborted();
        const [scores] = Object.values(await session.run({ [preparation.input || (session.inputs[0]?.name ?? '')]: tensor }));
        if (!(scores?.data instanceof Float32Array))
          throw new FleetError('unsupported', `Cannot evaluate: the output is ${scores?.type ?? 'missing'}, not float32 scores of classes`);
        classes.push(...topClasses(scores.data, top));
      }
      context.progress(classes.length / top / count, `image ${classes.length / top} of ${count}`);
    }
    return { classes };
  } finally {
    await session.close();
  }
}
