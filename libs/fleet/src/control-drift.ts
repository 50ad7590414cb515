/** One measurement of an original on a device. */
export interface ControlRun {
  /** Equal for runs that can be compared: the same model under the same settings. */
  readonly key: string;
  readonly p50Ms: number;
}

/** Fewer earlier runs say nothing about what is usual. */
const FEWEST = 3;

/**
 * How much slower a device ran the original in its last measurement than it usually does: 0.08 is 8 % slower, negative is faster. A device
 * that drifts is hot, throttled or busy; ratios to the original still hold.
 * @param runs oldest first
 * @returns undefined where fewer than three earlier runs compare
 */
export function controlDrift(runs: readonly ControlRun[]): number | undefined {
  const last = runs.at(-1);
  if (!last) return undefined;
  const earlier = runs
    .slice(0, -1)
    .flatMap(({ key, p50Ms }) => (key === last.key && p50Ms > 0 ? [p50Ms] : []))
    .sort((a, b) => a - b);
  const [below, above] = [earlier[Math.floor((earlier.length - 1) / 2)], earlier[Math.ceil((earlier.length - 1) / 2)]];
  if (earlier.length < FEWEST || below === undefined || above === undefined) return undefined;
  return last.p50Ms / ((below + above) / 2) - 1;
}
