import { FleetError } from '@fleetfit/core';
import { z } from 'zod';
import { type FoundBox, overlapOf } from './box.ts';

/** How the output of a detector becomes boxes: declared in the sidecar of the model. */
export const postProcessing = z
  .discriminatedUnion('decode', [
    /**
     * Rows of (x, y, w, h, objectness, a score for each class), one for each cell of a grid a stride, the finest first:
     * centre = (x, y + cell) * stride, size = exp(w, h) * stride. Scores are in 0..1 already. (YOLOX, arXiv 2107.08430)
     */
    z.strictObject({ decode: z.literal('yolox'), strides: z.array(z.number().int().positive()).min(1).default([8, 16, 32]) }),
    /**
     * Planes of one grid: objectness, x, y, w, h, a score for each class. centre = (cell + tanh(x, y)) / grid, size = sigmoid(w, h),
     * score = objectness^0.6 * class^0.4. (FastestDet)
     */
    z.strictObject({ decode: z.literal('fastestdet') }),
  ])
  .and(
    z.object({
      /** Boxes that are less sure are dropped. */
      score: z.number().min(0).max(1).default(0.01),
      /** Of boxes of one class that overlap more, the surest stays. */
      overlap: z.number().min(0).max(1).default(0.65),
      /** Boxes of one image at most. */
      most: z.number().int().positive().default(100),
    }),
  );
export type PostProcessing = z.output<typeof postProcessing>;

interface Output {
  readonly data: ArrayLike<number>;
  readonly dims: readonly number[];
}

/** The picture that the model was given, pixels. */
interface Frame {
  readonly width: number;
  readonly height: number;
}

/**
 * The boxes that a detector found in one image, surest first, relative to the picture it was given.
 * @throws FleetError `invalid` where the output has not the shape that the post-processing declares
 */
export function boxesOf(output: Output, frame: Frame, post: PostProcessing): readonly FoundBox[] {
  const found = post.decode === 'yolox' ? decodeYolox(output, frame, post) : decodeFastestDet(output, post);
  return suppressed(found, post);
}

type Settings = Pick<PostProcessing, 'score' | 'overlap' | 'most'>;

function decodeYolox(
  { data, dims }: Output,
  { width, height }: Frame,
  { strides, score }: Settings & { readonly strides: readonly number[] },
): FoundBox[] {
  const numbers = dims.at(-1) ?? 0;
  const cells = strides.map((stride) => ({ stride, across: Math.floor(width / stride), down: Math.floor(height / stride) }));
  const wanted = cells.reduce((sum, { across, down }) => sum + across * down, 0);
  if (dims.length < 2 || dims.at(-2) !== wanted || numbers < 6) throw wrongShape(dims, `[1, ${wanted}, 5 + classes]`);
  const boxes: FoundBox[] = [];
  let at = 0;
  for (const { stride, across, down } of cells)
    for (let cell = 0; cell < across * down; cell++, at += numbers) {
      const objectness = data[at + 4] ?? 0;
      if (objectness < score) continue;
      const [x, y, w, h] = [0, 1, 2, 3].map((i) => data[at + i] ?? 0) as [number, number, number, number];
      const box = centred({
        x: ((x + (cell % across)) * stride) / width,
        y: ((y + Math.floor(cell / across)) * stride) / height,
        w: (Math.exp(w) * stride) / width,
        h: (Math.exp(h) * stride) / height,
      });
      for (let label = 0; label < numbers - 5; label++) {
        const its = objectness * (data[at + 5 + label] ?? 0);
        if (its >= score) boxes.push({ ...box, label, score: its });
      }
    }
  return boxes;
}

function decodeFastestDet({ data, dims }: Output, { score }: Settings): FoundBox[] {
  const [planes = 0, down = 0, across = 0] = dims.slice(-3);
  if (dims.length < 3 || planes < 6) throw wrongShape(dims, '[1, 5 + classes, rows, columns]');
  const size = across * down;
  const boxes: FoundBox[] = [];
  for (let cell = 0; cell < size; cell++) {
    const plane = (i: number): number => data[i * size + cell] ?? 0;
    const sure = plane(0) ** 0.6;
    const box = centred({
      x: ((cell % across) + Math.tanh(plane(1))) / across,
      y: (Math.floor(cell / across) + Math.tanh(plane(2))) / down,
      w: sigmoid(plane(3)),
      h: sigmoid(plane(4)),
    });
    for (let label = 0; label < planes - 5; label++) {
      const its = sure * plane(5 + label) ** 0.4;
      if (its >= score) boxes.push({ ...box, label, score: its });
    }
  }
  return boxes;
}

function wrongShape(dims: readonly number[], wanted: string): FleetError {
  return new FleetError('invalid', `Cannot read boxes: the output is [${dims.join(', ')}], not ${wanted}`, {
    next: 'correct "post" in the sidecar',
  });
}

const centred = ({ x, y, w, h }: { x: number; y: number; w: number; h: number }) => ({
  left: x - w / 2,
  top: y - h / 2,
  right: x + w / 2,
  bottom: y + h / 2,
});

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Greedy: the surest box stays, and of its class nothing that overlaps it too much. Equal scores keep their order. */
function suppressed(boxes: readonly FoundBox[], { overlap, most }: Settings): readonly FoundBox[] {
  const kept: FoundBox[] = [];
  for (const box of [...boxes].sort((a, b) => b.score - a.score)) {
    if (kept.length === most) break;
    if (!kept.some((other) => other.label === box.label && overlapOf(box, other) > overlap)) kept.push(box);
  }
  return kept;
}
