import type { Model } from '@fleetfit/onnx';
import { median } from '@fleetfit/stats';
import type { Field, RowContext } from '../bench.ts';
import { opened } from './answers.ts';
import { type Images, tensorOf } from './images.ts';

interface Timed {
  /** By name, with images of the size that it takes; the first is what the others are compared to. */
  readonly models: Readonly<Record<string, { readonly model: Model; readonly images: Images }>>;
  readonly context: RowContext;
}

/**
 * Medians over real images on one thread, the models in turn in one process, so that what else the machine does falls on all.
 * `NAME_times` is how many times faster a model is than the first.
 */
export async function timeAlternating({ models, context }: Timed): Promise<Record<string, Field>> {
  const rounds = context.quick ? 20 : 60;
  const opening = Object.entries(models).map(async ([name, { model, images }]) => {
    const ms: number[] = [];
    return { name, images, session: await opened(model), ms };
  });
  const sessions = await Promise.all(opening);
  try {
    for (let round = -3; round < rounds; round++) {
      for (const { session, images, ms } of sessions) {
        const image = tensorOf(images, (round + 3) % images.pixels.length);
        const before = performance.now();
        await session.run({ [session.inputs[0]?.name ?? '']: image });
        if (round >= 0) ms.push(performance.now() - before);
      }
    }
    const base = median(sessions[0]?.ms ?? []);
    return Object.fromEntries(
      sessions.flatMap(({ name, ms }, i) => [[`${name}_ms`, median(ms)], ...(i > 0 ? [[`${name}_times`, base / median(ms)]] : [])]),
    );
  } finally {
    for (const { session } of sessions) await session.close();
  }
}
