export interface RateSchedule {
  /** Highest rate, reached at the end of the warm-up. */
  readonly peak: number;
  /** Steps over which the rate rises from 0, so that the first noisy gradients do little harm. */
  readonly warmUp: number;
  /** Steps in all. */
  readonly steps: number;
}

/** The learning rate of a step (from 0): a straight rise, then half a cosine down to 0 (Loshchilov and Hutter 2017). */
export function learningRate(step: number, { peak, warmUp, steps }: RateSchedule): number {
  if (step < warmUp) return (peak * (step + 1)) / warmUp;
  const done = (step - warmUp) / Math.max(1, steps - warmUp);
  return peak * 0.5 * (1 + Math.cos(Math.PI * Math.min(1, done)));
}
