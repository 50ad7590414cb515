/** A number with the 95 % interval of what it estimates: `low <= value <= high`. */
export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Standard normal quantile of 97.5 %. */
export const NORMAL_95 = 1.959963984540054;

/** An interval through a function that only grows, such as `Math.exp`. */
export function mapInterval(interval: Interval, through: (value: number) => number): Interval {
  return { value: through(interval.value), low: through(interval.low), high: through(interval.high) };
}
