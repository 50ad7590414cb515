import type { CompareView } from '../client/views.ts';

type FigureOf = Pick<CompareView['figures'][number], 'metric' | 'values' | 'difference'>;

/** Half the width of the scales: per cent for times and memory, points for accuracy. */
export interface Domain {
  readonly percent: number;
  readonly points: number;
}

/** Where a difference stands on its scale, in per cent of its width: 50 is none, left of it the second one is better. */
export interface Forest {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

interface Range {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const STEPS = [0.2, 0.4, 0.8, 1, 2, 5, 10, 20, 50, 100, 200, 400];

/** Scales on which every difference has its place, one for all times. */
export function domainOf(figures: readonly FigureOf[]): Domain {
  const most = (points: boolean): number => {
    const ends = figures
      .filter((figure) => (figure.metric === 'top-1') === points)
      .flatMap((figure) => costOf(figure) ?? [])
      .flatMap(({ low, high }) => [Math.abs(low), Math.abs(high)]);
    const largest = Math.max(0, ...ends);
    return STEPS.find((step) => step >= largest) ?? 400;
  };
  return { percent: Math.max(5, most(false)), points: Math.max(0.4, most(true)) };
}

/** Undefined where there is no difference to draw. */
export function forestOf(figure: FigureOf, domain: Domain): Forest | undefined {
  const cost = costOf(figure);
  if (!cost) return undefined;
  const half = figure.metric === 'top-1' ? domain.points : domain.percent;
  const place = (value: number): number => 50 + 50 * Math.max(-1, Math.min(1, value / half));
  return { value: place(cost.value), low: place(cost.low), high: place(cost.high) };
}

/** What the second costs more than the first: per cent of time or memory, points of accuracy lost. Size is exact and not drawn. */
function costOf({ metric, values, difference }: FigureOf): Range | undefined {
  if (!difference || metric === 'size') return undefined;
  if (metric === 'top-1') return { value: -difference.value, low: -difference.high, high: -difference.low };
  if (metric === 'peak memory') {
    const first = values[0]?.value ?? 0;
    const percent = first === 0 ? 0 : (100 * difference.value) / first;
    return { value: percent, low: percent, high: percent };
  }
  const percent = (speed: number): number => 100 * (1 / speed - 1);
  return { value: percent(difference.value), low: percent(difference.high), high: percent(difference.low) };
}
