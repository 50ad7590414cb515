import type { CandidateOnClass, CandidateView, SweepView } from '../client/views.ts';

/** Which candidates the table shows. */
export type RowFilter = 'all' | 'front' | 'inside' | 'not measured';

/** What the table is sorted by: a column, or the latency on a class by its id. */
export interface RowOrder {
  readonly by: 'candidate' | 'change' | 'size' | { readonly latencyOn: string };
  readonly descending: boolean;
}

/** The rows of the table: filtered by state and text, sorted so that what has no number comes last either way. */
export function candidateRows(
  candidates: readonly CandidateView[],
  { filter, text, order }: { readonly filter: RowFilter; readonly text: string; readonly order: RowOrder },
): readonly CandidateView[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = candidates.filter((one) => passes(one, filter) && words.every((word) => textOf(one).includes(word)));
  return [...shown].sort((a, b) => compare(a, b, order));
}

/** How many candidates each filter lets through. */
export function countRows(candidates: readonly CandidateView[]): Readonly<Record<RowFilter, number>> {
  const count = (filter: RowFilter) => candidates.filter((one) => passes(one, filter)).length;
  return { all: candidates.length, front: count('front'), inside: count('inside'), 'not measured': count('not measured') };
}

/** What is known of a candidate on a class. */
export function onClass(candidate: CandidateView, classId: string): CandidateOnClass | undefined {
  return candidate.classes.find((one) => one.id === classId);
}

/** The change of accuracy where it is the same to the image on every class, which it mostly is; else of the class that loses most. */
export function worstChange(candidate: CandidateView): CandidateOnClass['accuracyChange'] {
  return candidate.classes
    .map((one) => one.accuracyChange)
    .reduce((worst, one) => (worst === undefined || (one !== undefined && one.value < worst.value) ? one : worst), undefined);
}

/** The original of a sweep, against which all is said. */
export function originalOf(sweep: SweepView): CandidateView | undefined {
  return sweep.candidates.find((one) => one.isOriginal);
}

function passes(candidate: CandidateView, filter: RowFilter): boolean {
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

function textOf(candidate: CandidateView): string {
  return `${candidate.id} ${candidate.sentence} ${candidate.recipe} ${candidate.state} ${candidate.why ?? ''}`.toLowerCase();
}

function compare(a: CandidateView, b: CandidateView, order: RowOrder): number {
  const [first, second] = [keyOf(a, order), keyOf(b, order)];
  if (first === undefined || second === undefined) {
    if (first === second) return a.id < b.id ? -1 : 1;
    return first === undefined ? 1 : -1;
  }
  const ascending = first === second ? (a.id < b.id ? -1 : 1) : first < second ? -1 : 1;
  return order.descending ? -ascending : ascending;
}

function keyOf(candidate: CandidateView, { by }: RowOrder): number | string | undefined {
  if (by === 'candidate') return candidate.id;
  if (by === 'size') return candidate.bytes;
  if (by === 'change') return worstChange(candidate)?.value;
  return onClass(candidate, by.latencyOn)?.latencyMs?.value;
}
