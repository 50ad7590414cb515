import type { Tensor } from '@fleetfit/runtime';
import type { Subject } from './subject.ts';
import { throwIfCancelled } from './throw-if-cancelled.ts';
import { topClasses } from './top-classes.ts';

/** Prepared images, each a batch of one. */
export interface ImageSource {
  readonly count: number;
  at(index: number): Promise<Tensor>;
}

export interface ClassifyOptions {
  readonly images: ImageSource;
  readonly top: number;
  readonly signal: AbortSignal;
  /** Called after each image with the share that is done. */
  readonly onImage: (share: number) => void;
}

/**
 * The best classes of every image, in batches of one on the very session that was timed, so that the accuracy is that of what was timed.
 * `top` numbers an image, best first; see `topClasses`.
 */
export async function classify(
  subject: Pick<Subject, 'run'>,
  { images, top, signal, onImage }: ClassifyOptions,
): Promise<{ readonly classes: number[]; readonly notes: string[] }> {
  const classes: number[] = [];
  let unranked = 0;
  for (let index = 0; index < images.count; index++) {
    throwIfCancelled(signal);
    const ranked = topClasses(await subject.run(await images.at(index)), top);
    classes.push(...ranked.classes);
    if (!ranked.finite) unranked++;
    onImage((index + 1) / images.count);
  }
  return { classes, notes: unranked === 0 ? [] : [`${unranked} of ${images.count} images got scores that are no finite numbers`] };
}
