import { limitsOf } from './figures.ts';
import type { CandidateRow, FigureComparison } from './overview-views.ts';
import { sayBytes, sayFixed, sayThreeDigits } from './say-numbers.ts';
import type { SweepState } from './state.ts';

interface Compared {
  readonly candidates: readonly CandidateRow[];
  readonly figures: readonly FigureComparison[];
}

/** What the second candidate is against the first, in one to three sentences. */
export function sayCompared(state: SweepState, { candidates, figures }: Compared): string {
  const [first, second] = candidates;
  if (!first || !second) return '';
  const speeds = figures.filter((each) => each.metric === 'latency p50' && each.verdict !== undefined);
  const head = [saySpeed(state, { first: first.id, second: second.id, speeds }), sayAccuracy(figures)].filter((part) => part !== '');
  const more = [saySize(figures), sayLimit(state, second)].filter((part) => part !== '');
  return [`${head.join('; ')}.`, ...more].join(' ');
}

function saySpeed(
  state: SweepState,
  { first, second, speeds }: { readonly first: string; readonly second: string; readonly speeds: readonly FigureComparison[] },
): string {
  const labels = (verdict: string): string[] =>
    speeds
      .filter((each) => each.verdict === verdict)
      .map(({ classId }) => state.setup.classes.find(({ id }) => id === classId)?.label.split(', ')[0] ?? '');
  const [faster, slower] = [labels('faster'), labels('slower')];
  if (speeds.length === 0) return `${second} and ${first} were not measured on the same class`;
  const everywhere = speeds.length === 1 ? '' : ` on all ${speeds.length} classes`;
  if (faster.length === speeds.length) return `${second} is faster than ${first}${everywhere}`;
  if (slower.length === speeds.length) return `${second} is slower than ${first}${everywhere}`;
  if (faster.length + slower.length === 0) return `${second} is neither faster nor slower than ${first} as far as was measured`;
  const parts = [
    ...(faster.length > 0 ? [`faster than ${first} on ${faster.join(' and ')}`] : []),
    ...(slower.length > 0 ? [`slower${faster.length > 0 ? '' : ` than ${first}`} on ${slower.join(' and ')}`] : []),
  ];
  return `${second} is ${parts.join(', and ')}`;
}

function sayAccuracy(figures: readonly FigureComparison[]): string {
  const top1 = figures.find((each) => each.metric === 'top-1');
  switch (top1?.verdict) {
    case 'better':
      return 'it is more accurate';
    case 'worse':
      return 'it is less accurate';
    case 'no difference':
      return 'both are equally accurate';
    case 'undecided':
      return 'whether it is as accurate is undecided';
    default:
      return '';
  }
}

function saySize(figures: readonly FigureComparison[]): string {
  const times = figures.flatMap((each) => (each.metric === 'latency p50' && each.difference ? [each.difference.value] : []));
  const [low, high] = [Math.min(...times), Math.max(...times)];
  const bytes = figures.find((each) => each.metric === 'size')?.difference?.value ?? 0;
  const size = bytes === 0 ? '' : `${sayBytes(Math.abs(bytes))} ${bytes < 0 ? 'less' : 'more'}`;
  const time =
    times.length === 0
      ? ''
      : low > 1.005
        ? `${percent(1 - 1 / low, 1 - 1 / high)} less time`
        : high < 0.995
          ? `${percent(1 / high - 1, 1 / low - 1)} more time`
          : '';
  if (time === '' && size === '') return '';
  return `It needs ${[time, size].filter((part) => part !== '').join(' and ')}.`;
}

function percent(one: number, other: number): string {
  const [a, b] = [sayFixed(100 * one, 0), sayFixed(100 * other, 0)];
  return a === b ? `${a} %` : `${a} to ${b} %`;
}

function sayLimit(state: SweepState, second: CandidateRow): string {
  for (const { id, accuracyChange } of second.classes) {
    const limit = limitsOf(state, id).accuracyDropPoints;
    if (limit === undefined || !accuracyChange) continue;
    const worst = sayFixed(-accuracyChange.low, 1);
    if (accuracyChange.high < -limit) return `It loses more than the limit of ${sayThreeDigits(limit)} points.`;
    if (accuracyChange.low < -limit) return `It may lose up to ${worst} points, and the limit is ${sayFixed(limit, 1)}.`;
  }
  return '';
}
