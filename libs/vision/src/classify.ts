/** Scores of the classes of one image, as a model gives them: logits or probabilities. */
export type Scores = ArrayLike<number>;

/**
 * The `count` best classes, best first. Ties go to the lower index: quantized logits tie often, and counting every tie as
 * right turns a broken model into a good one. A score that is not a number is worse than any other.
 */
export function topClasses(scores: Scores, count: number): number[] {
  const best: number[] = [];
  for (let index = 0; index < scores.length; index++) {
    const score = comparable(scores[index]);
    let at = best.length;
    while (at > 0 && comparable(scores[best[at - 1] ?? 0]) < score) at--;
    if (at < count) {
      best.splice(at, 0, index);
      if (best.length > count) best.pop();
    }
  }
  return best;
}

/** How many classes stand before the label: 0 is top-1. Ties go to the lower index. */
export function rankOf(scores: Scores, label: number): number {
  const own = comparable(scores[label]);
  let rank = 0;
  for (let index = 0; index < scores.length; index++) {
    const score = comparable(scores[index]);
    if (score > own || (score === own && index < label)) rank++;
  }
  return rank;
}

const comparable = (score: number | undefined): number => (score === undefined || Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score);

export interface Accuracy {
  readonly correct: number;
  readonly count: number;
  /** In 0..1; 0 where nothing was counted. */
  readonly share: number;
}

/**
 * Top-k accuracy of predictions.
 * @param classes the k best classes of every image, one image after another, as {@link topClasses} gives them
 */
export function accuracyOf(classes: ArrayLike<number>, labels: ArrayLike<number>, k = 1): Accuracy {
  let correct = 0;
  for (let image = 0; image < labels.length; image++) if (isAmong(classes, { image, k }, labels[image])) correct++;
  return accuracy(correct, labels.length);
}

/** Top-k accuracy by label; labels that no image has are absent. */
export function accuracyByClass(classes: ArrayLike<number>, labels: ArrayLike<number>, k = 1): ReadonlyMap<number, Accuracy> {
  const found = new Map<number, { correct: number; count: number }>();
  for (let image = 0; image < labels.length; image++) {
    const label = labels[image] ?? 0;
    const so = found.get(label) ?? { correct: 0, count: 0 };
    found.set(label, { correct: so.correct + (isAmong(classes, { image, k }, label) ? 1 : 0), count: so.count + 1 });
  }
  return new Map([...found].sort(([a], [b]) => a - b).map(([label, { correct, count }]) => [label, accuracy(correct, count)]));
}

function isAmong(classes: ArrayLike<number>, { image, k }: { image: number; k: number }, label: number | undefined): boolean {
  for (let place = 0; place < k; place++) if (classes[image * k + place] === label) return true;
  return false;
}

const accuracy = (correct: number, count: number): Accuracy => ({ correct, count, share: count === 0 ? 0 : correct / count });
