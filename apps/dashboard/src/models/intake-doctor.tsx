import { proportionInterval } from '@fleetfit/stats';
import { sayCount, sayPercent, sayPercentInterval } from '@fleetfit/sweep/say-numbers';
import { Fragment } from 'react';
import type { ModelView } from '../client/views.ts';
import { Icon } from '../frame/icon.tsx';

type Finding = ModelView['findings'][number];

interface Row extends Finding {
  readonly interval: { readonly low: number; readonly high: number };
}

/** What the intake doctor tried, best first: each way to prepare an image with the accuracy it gave, on one axis. */
export function IntakeDoctor({ findings }: { readonly findings: readonly Finding[] }) {
  const rows = findings.filter((finding) => finding.images > 0).map(withInterval);
  const [best] = rows;
  const axis = axisOf(rows);
  if (!best) return null;
  return (
    <section aria-labelledby="doctor" className="border-b border-line px-6 py-4 max-sm:px-4">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h3 id="doctor" className="text-section">
          Intake doctor
        </h3>
        <p className="text-label text-ink-2">
          {sayCount(rows.length)} {rows.length === 1 ? 'way' : 'ways'} to prepare an image, each tried on labelled images
        </p>
      </div>
      <table className="mt-1 w-full border-collapse text-left">
        <thead>
          <tr className="border-b border-line text-label text-ink-3 [&>th]:py-1.5 [&>th]:pr-3 [&>th]:align-bottom [&>th]:font-medium">
            <th>Preparation</th>
            <th className="text-right max-sm:hidden">Images</th>
            <th aria-hidden="true" className="w-[34%] max-sm:hidden">
              <AxisLabels {...axis} />
            </th>
            <th className="text-right">Top-1, 95 % interval</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <FindingRow key={row.what} row={row} best={best} axis={axis} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function FindingRow({ row, best, axis }: { readonly row: Row; readonly best: Row; readonly axis: Axis }) {
  const isBest = row === best;
  const close = !isBest && row.interval.high >= best.interval.low;
  const tone = isBest ? 'text-accent' : close ? 'text-warn' : 'invisible';
  return (
    <tr className={`border-b border-line [&>td]:py-1.5 [&>td]:pr-3 ${isBest ? 'bg-accent-weak' : ''}`}>
      <td>
        <span className="flex items-center gap-2 pl-1">
          <Icon name={isBest ? 'star' : 'warning'} size={14} className={`shrink-0 ${tone}`} />
          <Difference what={row.what} from={isBest ? undefined : best.what} />
        </span>
      </td>
      <td className="text-right text-ink-2 max-sm:hidden">{sayCount(row.images)}</td>
      <td aria-hidden="true" className="max-sm:hidden">
        <Whisker {...axis} value={row.accuracy} interval={row.interval} best={isBest} />
      </td>
      <td className="text-right whitespace-nowrap">
        <strong>{sayPercent(row.accuracy)}</strong> <span className="text-label text-ink-3">{sayPercentInterval(row.interval)}</span>
      </td>
    </tr>
  );
}

function withInterval(finding: Finding): Row {
  return { ...finding, interval: proportionInterval(Math.round(finding.accuracy * finding.images), finding.images) };
}

// The axis starts where the interesting ones are; what lies under it gets a chevron.
function axisOf(rows: readonly Row[]): Axis {
  const low = Math.floor(Math.max(0, (rows[0]?.accuracy ?? 0) - 0.25) * 20) / 20;
  const high = Math.min(1, Math.ceil(Math.max(low + 0.05, ...rows.map((row) => row.interval.high)) * 20) / 20);
  const every = Array.from({ length: Math.round((high - low) * 20) + 1 }, (_, at) => low + at / 20);
  return { low, high, ticks: every.filter((_, at) => every.length <= 7 || at % 2 === 0) };
}

// What differs from the best is bold, part by part.
function Difference({ what, from }: { readonly what: string; readonly from: string | undefined }) {
  const best = new Set(from?.split(', '));
  return (
    <span>
      {what.split(', ').map((part, at) => (
        <Fragment key={part}>
          {at > 0 && <span className="text-ink-3">, </span>}
          <span className={from === undefined ? '' : best.has(part) ? 'text-ink-3' : 'font-semibold'}>{part}</span>
        </Fragment>
      ))}
    </span>
  );
}

interface Axis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

function AxisLabels({ low, high, ticks }: Axis) {
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

function Whisker({
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
