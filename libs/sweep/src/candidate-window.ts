import type { CandidateRow, ChartBox, RowCounts, RowFilter, RowOrder, WindowQuery } from './overview-views.ts';
import type { CandidateOnClass } from './views.ts';

/** The rows of a window, and how many match in all: filtered, then sorted so that what has no number comes last either way. */
export function windowOf<Row extends CandidateRow>(
  candidates: readonly Row[],
  query: WindowQuery,
): { readonly total: number; readonly rows: readonly Row[] } {
  if (query.ids) {
    const wanted = new Set<string>(query.ids);
    const rows = candidates.filter((one) => wanted.has(one.id));
    return { total: rows.length, rows };
  }
  const matching = candidates.filter(matcher(query));
  matching.sort((a, b) => compare(a, b, query.order));
  return { total: matching.length, rows: matching.slice(query.offset, query.offset + query.limit) };
}

/** How many candidates each filter lets through. */
export function countRows(candidates: readonly CandidateRow[]): RowCounts {
  const count = (filter: RowFilter): number => candidates.filter((one) => passes(one, filter)).length;
  return { all: candidates.length, front: count('front'), inside: count('inside'), 'not measured': count('not measured') };
}

/** The change of accuracy where it is the same to the image on every class, which it mostly is; else of the class that loses most. */
export function worstChange(candidate: CandidateRow): CandidateOnClass['accuracyChange'] {
  return candidate.classes
    .map((one) => one.accuracyChange)
    .reduce((worst, one) => (worst === undefined || (one !== undefined && one.value < worst.value) ? one : worst), undefined);
}

function matcher({ filter, text, box }: WindowQuery): (one: CandidateRow) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (one) => passes(one, filter) && words.every((word) => textOf(one).includes(word)) && (!box || liesIn(one, box));
}

function passes(candidate: CandidateRow, filter: RowFilter): boolean {
  switch (filter) {
    case 'front':
      return candidate.classes.some((one) => one.onFront);
    case 'inside':
      return candidate.classes.some((one) => one.withinLimits === 'yes');
    case 'not measured':
      return candidate.state === 'refused' || candidate.state === 'failed' || candidate.classes.some((one) => one.state === 'failed');
    default:
      return true;
  }
}

function liesIn({ bytes, isOriginal, classes }: CandidateRow, { across, from, to, low, high }: ChartBox): boolean {
  return classes.some(({ latencyMs, accuracyChange }) => {
    const x = across === 'size' ? bytes : latencyMs?.value;
    const y = isOriginal ? 0 : accuracyChange?.value;
    return latencyMs !== undefined && x !== undefined && y !== undefined && x >= from && x <= to && y >= low && y <= high;
  });
}

function textOf(candidate: CandidateRow): string {
  return `${candidate.id} ${candidate.sentence} ${candidate.recipe} ${candidate.state} ${candidate.why ?? ''}`.toLowerCase();
}

function compare(a: CandidateRow, b: CandidateRow, order: RowOrder): number {
  const [first, second] = [keyOf(a, order), keyOf(b, order)];
  if (first === undefined || second === undefined) {
    if (first === second) return byId(a, b);
    return first === undefined ? 1 : -1;
  }
  const ascending = first === second ? byId(a, b) : first < second ? -1 : 1;
  return order.descending ? -ascending : ascending;
}

// c999 comes before c1000.
const byId = (a: CandidateRow, b: CandidateRow): number => a.id.length - b.id.length || (a.id < b.id ? -1 : 1);

function keyOf(candidate: CandidateRow, { by }: RowOrder): number | undefined {
  if (by === 'candidate') return Number(candidate.id.replace(/\D/g, ''));
  if (by === 'size') return candidate.bytes;
  if (by === 'change') return worstChange(candidate)?.value;
  return candidate.classes.find((one) => one.id === by.latencyOn)?.latencyMs?.value;
}
