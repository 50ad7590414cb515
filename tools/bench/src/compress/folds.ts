/** Which images fit a candidate and which judge it: never the same ones. */
export interface Fold {
  readonly fits: readonly number[];
  readonly judges: readonly number[];
}

/** Every image judges once, and fits in all other folds; image i judges in fold i mod `count`, so that classes spread. */
export function foldsOf(images: number, count = 5): readonly Fold[] {
  const all = Array.from({ length: images }, (_, i) => i);
  return Array.from({ length: count }, (_, fold) => ({
    fits: all.filter((i) => i % count !== fold),
    judges: all.filter((i) => i % count === fold),
  }));
}
