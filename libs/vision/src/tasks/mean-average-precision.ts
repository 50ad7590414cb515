import { coveredShare, type FoundBox, type LabelledBox, overlapOf } from './box.ts';

/** What was drawn on an image, and what a model found there. */
export interface Detections {
  readonly drawn: readonly LabelledBox[];
  readonly found: readonly FoundBox[];
}

export interface AveragePrecision {
  /** Over overlaps .50, .55 .. .95: what COCO calls AP. */
  readonly mean: number;
  /** At an overlap of .50 alone. */
  readonly half: number;
}

const OVERLAPS = Array.from({ length: 10 }, (_, i) => 0.5 + i * 0.05);

/**
 * Mean average precision as COCO computes it (https://cocodataset.org/#detection-eval): for each class that was drawn somewhere,
 * precision at 101 recalls, all sizes, at most 100 boxes an image. 0 where nothing was drawn.
 */
export function meanAveragePrecision(images: readonly Detections[]): AveragePrecision {
  const labels = new Set(images.flatMap(({ drawn }) => drawn.filter(({ crowd }) => !crowd).map(({ label }) => label)));
  const sums = OVERLAPS.map(() => 0);
  for (const label of labels) {
    const its = images.map(({ drawn, found }) => ({
      drawn: drawn.filter((box) => box.label === label),
      found: found.filter((box) => box.label === label).slice(0, 100),
    }));
    OVERLAPS.forEach((overlap, i) => {
      sums[i] = (sums[i] ?? 0) + averagePrecision(its, overlap);
    });
  }
  const [half = 0] = sums;
  const count = Math.max(1, labels.size);
  return { mean: sums.reduce((sum, each) => sum + each, 0) / OVERLAPS.length / count, half: half / count };
}

function averagePrecision(images: readonly Detections[], overlap: number): number {
  const judged = images.flatMap((image) => judgedBoxes(image, overlap)).sort((a, b) => b.score - a.score);
  const wanted = images.reduce((sum, { drawn }) => sum + drawn.filter(({ crowd }) => !crowd).length, 0);
  const precisions: number[] = [];
  const recalls: number[] = [];
  let right = 0;
  judged.forEach(({ isRight }, i) => {
    if (isRight) right++;
    precisions.push(right / (i + 1));
    recalls.push(right / wanted);
  });
  // The best precision at this recall or a higher one.
  for (let i = precisions.length - 2; i >= 0; i--) precisions[i] = Math.max(precisions[i] ?? 0, precisions[i + 1] ?? 0);
  let sum = 0;
  for (let step = 0, at = 0; step <= 100; step++) {
    while (at < recalls.length && (recalls[at] ?? 0) < step / 100) at++;
    sum += precisions[at] ?? 0;
  }
  return sum / 101;
}

interface JudgedBox {
  readonly score: number;
  readonly isRight: boolean;
}

/** Each box takes the drawn box that it overlaps most and nobody took before. Boxes within a crowd do not count. */
function judgedBoxes({ drawn, found }: Detections, overlap: number): JudgedBox[] {
  const free = new Set(drawn.filter(({ crowd }) => !crowd));
  const crowds = drawn.filter(({ crowd }) => crowd);
  return found.flatMap((box) => {
    let best: LabelledBox | undefined;
    let most = overlap;
    for (const each of free) {
      const its = overlapOf(box, each);
      if (its < most) continue;
      most = its;
      best = each;
    }
    if (best) free.delete(best);
    else if (crowds.some((crowd) => coveredShare(box, crowd) >= overlap)) return [];
    return [{ score: box.score, isRight: best !== undefined }];
  });
}
