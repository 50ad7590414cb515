import type { ChartSpan, Mark } from './front-marks.ts';

/** Below this width of its box, px, the chart has less room beside the plot. */
const NARROW = 480;

/** The margins of the plot in its box, px. */
export function marginsOf(width: number) {
  return { left: width < NARROW ? 60 : 92, right: 12, top: 48, bottom: 52 };
}

/** Whether the chart must do with little. */
export function isNarrow(width: number): boolean {
  return width < NARROW;
}

type Point = readonly [number, number];

/** From values to px of the box and back: logarithmic across, linear up. */
export interface Scales {
  readonly plot: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number };
  readonly x: (value: number) => number;
  readonly y: (points: number) => number;
  readonly valueAt: (x: number) => number;
  readonly pointsAt: (y: number) => number;
}

export function scalesOf({ xRange, changeRange }: ChartSpan, [width, height]: Point): Scales {
  const margins = marginsOf(width);
  const plot = { left: margins.left, right: width - margins.right, top: margins.top, bottom: height - margins.bottom };
  const [first, last] = [Math.log10(xRange[0]), Math.log10(xRange[1])];
  const [low, high] = changeRange;
  return {
    plot,
    x: (value) => plot.left + ((Math.log10(value) - first) / (last - first)) * (plot.right - plot.left),
    y: (points) => plot.bottom - ((points - low) / (high - low)) * (plot.bottom - plot.top),
    valueAt: (x) => 10 ** (first + ((x - plot.left) / (plot.right - plot.left)) * (last - first)),
    pointsAt: (y) => low + ((plot.bottom - y) / (plot.bottom - plot.top)) * (high - low),
  };
}

/** Where a mark stands in the box, px; what is below the axis stands on it. */
export function placesIn(span: ChartSpan, size: Point): (mark: Pick<Mark, 'x' | 'change'>) => Point {
  const { x, y } = scalesOf(span, size);
  return (mark) => [x(mark.x.value), y(Math.max(mark.change.value, span.changeRange[0]))];
}
