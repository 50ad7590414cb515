/** From, to. */
export type Span = readonly [number, number];

/** The same time as spans that are sorted and do not touch. */
export function union(spans: readonly Span[]): readonly Span[] {
  const out: [number, number][] = [];
  for (const [from, to] of spans.filter(([from, to]) => to > from).sort((a, b) => a[0] - b[0])) {
    const last = out.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else out.push([from, to]);
  }
  return out;
}

/** The part of the spans that lies in a window. */
export function within(spans: readonly Span[], [from, to]: Span): readonly Span[] {
  return spans.flatMap(([a, b]) => (Math.min(b, to) > Math.max(a, from) ? [[Math.max(a, from), Math.min(b, to)] as const] : []));
}

/** The spans without those of a union. */
export function without(spans: readonly Span[], taken: readonly Span[]): readonly Span[] {
  return taken.reduce<readonly Span[]>(
    (left, [from, to]) =>
      left.flatMap((span) => [...within([span], [Number.NEGATIVE_INFINITY, from]), ...within([span], [to, Number.POSITIVE_INFINITY])]),
    spans,
  );
}

export const lengthOf = (spans: readonly Span[]): number => spans.reduce((sum, [from, to]) => sum + to - from, 0);
