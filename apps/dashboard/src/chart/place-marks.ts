import type { FrontMarks, Mark } from './front-marks.ts';

/** Below this width of its box, px, the chart has less room beside the plot. */
const NARROW = 480;

/** The margins of the plot in its box, px. */
export function marginsOf(width: number) {
  return { left: width < NARROW ? 60 : 78, right: 12, top: 48, bottom: 52 };
}

/** Whether the chart must do with little. */
export function isNarrow(width: number): boolean {
  return width < NARROW;
}

/**
 * Where a mark stands in the box, px: the same as ECharts puts it, without asking it, so that what lies over the chart
 * is right before the chart is drawn. Logarithmic across, linear up; what is below the axis stands on it.
 */
export function placesIn(front: FrontMarks, [width, height]: readonly [number, number]): (mark: Mark) => readonly [number, number] {
  const { left, right, top, bottom } = marginsOf(width);
  const [fastest, slowest] = front.latencyRange.map(Math.log10);
  const [low, high] = front.changeRange;
  return ({ latency, change }) => {
    const across = (Math.log10(latency.value) - (fastest ?? 0)) / ((slowest ?? 1) - (fastest ?? 0));
    const up = (Math.max(change.value, low) - low) / (high - low);
    return [left + across * (width - left - right), height - bottom - up * (height - top - bottom)];
  };
}
