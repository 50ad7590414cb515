/** An axis of fractions. */
export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

/** The numbers of the axis, in percent. */
export function AxisLabels({ low, high, ticks }: Axis) {
  return (
    <span className="relative block h-4 font-normal">
      {ticks.map((tick) => (
        <span key={tick} className="absolute -translate-x-1/2 text-axis" style={{ left: `${((tick - low) / (high - low)) * 100}%` }}>
          {Math.round(tick * 100)}
        </span>
      ))}
    </span>
  );
}

/** A value with its interval on the axis; a chevron where it lies under its start. */
export function Whisker({
  low,
  high,
  ticks,
  value,
  interval,
  best,
}: Axis & { readonly value: number; readonly interval: { readonly low: number; readonly high: number }; readonly best: boolean }) {
  const at = (fraction: number) => Math.max(0, Math.min(100, ((fraction - low) / (high - low)) * 100));
  return (
    <span className={`relative block h-5 ${best ? 'text-accent' : 'text-ink-2'}`}>
      {ticks.map((tick) => (
        <span key={tick} className="absolute inset-y-0 w-px bg-line" style={{ left: `${at(tick)}%` }} />
      ))}
      {value < low ? (
        <svg width="8" height="10" viewBox="0 0 8 10" className="absolute top-[5px] left-0">
          <path d="M6 1 2 5l4 4" fill="none" stroke="currentColor" strokeWidth="1.6" />
        </svg>
      ) : (
        <>
          <span
            className="absolute top-[9px] h-[1.5px] bg-current"
            style={{ left: `${at(interval.low)}%`, width: `${at(interval.high) - at(interval.low)}%` }}
          />
          <span className="absolute top-[6px] h-2 w-[1.5px] bg-current" style={{ left: `${at(interval.low)}%` }} />
          <span className="absolute top-[6px] h-2 w-[1.5px] bg-current" style={{ left: `${at(interval.high)}%` }} />
          <span className="absolute top-[6.5px] size-[6px] -translate-x-1/2 rounded-full bg-current" style={{ left: `${at(value)}%` }} />
        </>
      )}
    </span>
  );
}
