/** Which images fit a candidate and which judge it: never the same ones. */
export interface Fold {
  readonly fits: readonly number[];
  readonly judges: readonly number[];
}

/**
 * Every image judges once, and fits in all other folds; image i judges in fold i mod `count`, so that classes spread.
 * Of those that could fit, `most` do, spread evenly: more change no range.
 */
export function foldsOf(images: number, { count = 5, most = 128 } = {}): readonly Fold[] {
  const all = Array.from({ length: images }, (_, i) => i);
  return Array.from({ length: count }, (_, fold) => ({
    fits: evenly(
      all.filter((i) => i % count !== fold),
      most,
    ),
    judges: all.filter((i) => i % count === fold),
  }));
}

/** At most so many of a list, spread evenly over it. */
export function evenly<Item>(all: readonly Item[], most: number): readonly Item[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]).filter((item) => item !== undefined);
}
