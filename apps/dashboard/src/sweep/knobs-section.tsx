'use client';
import { sayBytes, sayCount, sayPoints, sayThreeDigits } from '@fleetfit/sweep/say-numbers';
import { useQuery } from '@tanstack/react-query';
import { asks } from '../client/fleet-client.tsx';
import { useFollowing } from '../client/use-following.ts';
import type { KnobLines, SweepOverview } from '../client/views.ts';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import { Sideways } from '../frame/sideways.tsx';
import { ChartTwin } from './chart-twin.tsx';
import { type Selection, useHovered } from './selection.ts';

interface KnobsProps {
  readonly view: SweepOverview;
  readonly names: ReadonlyMap<string, ClassName>;
  readonly selection: Selection;
  /** Puts words into the filter of the table. */
  readonly find: (text: string) => void;
}

type Axis = KnobLines['axes'][number];
type Line = KnobLines['lines'][number];

const BOX = { height: 196, top: 22, bottom: 18, gap: 118, side: 60 };

/** Knobs side by side, each candidate a line through them, and what came of it at the right. */
export function KnobsSection({ view, names, selection, find }: KnobsProps) {
  const asked = useQuery(asks.sweeps.knobs.queryOptions({ id: view.id }, { staleTime: 60_000, placeholderData: (before) => before }));
  useFollowing([asked], view.revision, view.counts.all > 2_000 ? 5_000 : 1_000);
  const hovered = useHovered(selection.hover);
  const knobs = asked.data;
  if (!knobs || knobs.axes.length < 2 || knobs.lines.length === 0) return null;
  const width = 2 * BOX.side + (knobs.axes.length - 1) * BOX.gap;
  const label = (axis: Axis) => (axis.name.startsWith('latency ') ? nameOf(names, axis.name.slice(8)) : axis.label);
  const drawn = knobs.lines.filter((line) => line.candidate === selection.selected || line.candidate === hovered);
  return (
    <section aria-labelledby="knobs" className="min-w-0 px-6 py-4 max-sm:px-4">
      <h2 id="knobs" className="text-section">
        Knobs
      </h2>
      <p className="text-label text-ink-3">
        each line a candidate, those on a front strong
        {knobs.total > knobs.lines.length && `; ${sayCount(knobs.lines.length)} of ${sayCount(knobs.total)} drawn`}. A level filters the
        table.
      </p>
      <Sideways label="Knobs as lines" look="mt-2">
        <svg
          role="img"
          aria-label={`Knobs: ${knobs.axes.map(label).join(', ')}`}
          viewBox={`0 0 ${width} ${BOX.height}`}
          style={{ minWidth: Math.min(width, 720) }}
          className="w-full"
        >
          {knobs.lines.map((line) => (
            // biome-ignore lint/a11y/noStaticElementInteractions: the table has the same rows for the keyboard.
            <path
              key={line.candidate}
              d={pathOf(line, knobs.axes)}
              fill="none"
              stroke={line.onFront ? 'var(--accent)' : 'var(--ink-3)'}
              strokeOpacity={line.onFront ? 0.75 : 0.18}
              strokeWidth={line.onFront ? 1.6 : 1}
              className="cursor-pointer"
              onPointerEnter={() => selection.hover.set(line.candidate)}
              onPointerLeave={() => selection.hover.set(undefined)}
              onClick={() => selection.select(line.candidate)}
            />
          ))}
          {drawn.map((line) => (
            <path
              key={line.candidate}
              d={pathOf(line, knobs.axes)}
              fill="none"
              stroke="var(--ink)"
              strokeWidth="2.2"
              className="pointer-events-none"
            />
          ))}
          {knobs.axes.map((axis, at) => (
            <AxisMarks key={axis.name} axis={axis} at={at} label={label(axis)} find={find} />
          ))}
        </svg>
      </Sideways>
      <ChartTwin name="the knobs" head={['Candidate', ...knobs.axes.map(label)]}>
        {knobs.lines.map((line) => (
          <tr key={line.candidate}>
            <td className="font-mono">{line.candidate}</td>
            {knobs.axes.map((axis, at) => (
              <td key={axis.name}>{sayAt(axis, line.at[at])}</td>
            ))}
          </tr>
        ))}
      </ChartTwin>
    </section>
  );
}

function AxisMarks({
  axis,
  at,
  label,
  find,
}: {
  readonly axis: Axis;
  readonly at: number;
  readonly label: string;
  readonly find: (text: string) => void;
}) {
  const x = xOf(at);
  const marks = axis.levels?.map((level, place) => ({ text: level, y: yOf(axis, place), finds: axis.finds?.[place] })) ?? endsOf(axis);
  return (
    <g>
      <path d={`M${x} ${BOX.top}V${BOX.height - BOX.bottom}`} stroke="var(--line-2)" />
      <text x={x} y={12} textAnchor="middle" fontSize="11" fontWeight="600" fill="var(--ink-2)">
        {label.length > 18 ? `${label.slice(0, 17)}…` : label}
      </text>
      {marks.map(({ text, y, finds }) => (
        <text
          key={text + y}
          x={x + 5}
          y={y + 4}
          fontSize="11"
          fill="var(--ink)"
          stroke="var(--surface)"
          strokeWidth="3"
          paintOrder="stroke"
          className={finds ? 'cursor-pointer hover:underline' : ''}
          onClick={finds ? () => find(finds) : undefined}
        >
          {text}
        </text>
      ))}
    </g>
  );
}

function endsOf(axis: Axis): readonly { readonly text: string; readonly y: number; readonly finds: string | undefined }[] {
  const [low = 0, high = 1] = axis.range ?? [];
  return [low, high].map((value) => ({ text: sayAt(axis, value), y: yOf(axis, value), finds: undefined }));
}

const xOf = (at: number): number => BOX.side + at * BOX.gap;

function yOf(axis: Axis, value: number): number {
  const [top, bottom] = [BOX.top + 8, BOX.height - BOX.bottom];
  if (value < 0 && axis.levels) return bottom;
  if (axis.levels) return bottom - ((value + 1) / axis.levels.length) * (bottom - top);
  const [low = 0, high = 1] = axis.range ?? [];
  return high === low ? (top + bottom) / 2 : bottom - ((value - low) / (high - low)) * (bottom - top);
}

function pathOf(line: Line, axes: readonly Axis[]): string {
  return axes
    .flatMap((axis, at) => {
      const value = line.at[at];
      return value === undefined || value === null || Number.isNaN(value) ? [] : [`${xOf(at)} ${yOf(axis, value).toFixed(1)}`];
    })
    .map((point, at) => (at === 0 ? `M${point}` : `L${point}`))
    .join('');
}

function sayAt(axis: Axis, value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (axis.levels) return axis.levels[value] ?? 'none';
  if (axis.name === 'size') return sayBytes(value);
  if (axis.name === 'change') return `${sayPoints(value)} pt`;
  return axis.name.startsWith('latency ') ? `${sayThreeDigits(value)} ms` : sayThreeDigits(value);
}
