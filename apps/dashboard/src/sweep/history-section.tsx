'use client';
import { sayCount, sayThreeDigits } from '@fleetfit/sweep/say-numbers';
import { useRef } from 'react';
import { originalMs } from '../chart/front-marks.ts';
import { useCanvasPlace } from '../chart/use-canvas.ts';
import type { ClassOverview, SweepOverview } from '../client/views.ts';
import { ClassMark } from '../frame/class-mark.tsx';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import { colourVariableOf } from '../frame/class-shapes.ts';
import { ChartTwin } from './chart-twin.tsx';
import { type Selection, useHovered } from './selection.ts';

interface HistoryProps {
  readonly view: SweepOverview;
  readonly names: ReadonlyMap<string, ClassName>;
  readonly selection: Selection;
}

const BOX = { height: 190, left: 34, right: 12, top: 10, bottom: 24 };

interface Step {
  readonly index: number;
  readonly candidate: string;
  readonly speed: number;
}

/** How the best became better, candidate by candidate: times as fast as the original, so that classes stand beside each other. */
export function HistorySection({ view, names, selection }: HistoryProps) {
  const classes = view.classes.map((one) => ({ one, steps: stepsOf(view, one) })).filter(({ steps }) => steps.length > 0);
  if (classes.length === 0) return null;
  return (
    <section aria-labelledby="history" className="min-w-0 px-6 py-4 max-sm:px-4">
      <h2 id="history" className="text-section">
        Best over candidates
      </h2>
      <p className="text-label text-ink-3">fastest inside the limits by its best guess, times as fast as the original</p>
      <Drawn classes={classes} last={Math.max(1, view.counts.all - 1)} names={names} selection={selection} />
      <ChartTwin name="the history" head={['Class', 'Candidate', 'Times as fast']}>
        {classes.flatMap(({ one, steps }) =>
          steps.map((step) => (
            <tr key={one.id + step.candidate}>
              <td>{nameOf(names, one.id)}</td>
              <td className="font-mono">{step.candidate}</td>
              <td>{sayThreeDigits(step.speed)}×</td>
            </tr>
          )),
        )}
      </ChartTwin>
    </section>
  );
}

interface OfClass {
  readonly one: ClassOverview;
  readonly steps: readonly Step[];
}

interface DrawnProps extends Omit<HistoryProps, 'view'> {
  readonly classes: readonly OfClass[];
  /** Place of the last candidate. */
  readonly last: number;
}

function Drawn({ classes, last, names, selection }: DrawnProps) {
  const box = useRef<HTMLDivElement>(null);
  const [measured] = useCanvasPlace(box).size;
  const width = Math.max(280, measured);
  const speeds = classes.flatMap(({ steps }) => steps.map((step) => step.speed));
  const [least, most] = [Math.min(1, ...speeds) * 0.96, Math.max(1.2, ...speeds) * 1.08];
  const x = (index: number) => BOX.left + (index / last) * (width - BOX.left - BOX.right);
  const y = (speed: number) => BOX.height - BOX.bottom - ((speed - least) / (most - least)) * (BOX.height - BOX.top - BOX.bottom);
  return (
    <div ref={box} className="mt-2">
      <svg
        role="img"
        aria-label={classes.map(({ one, steps }) => say(nameOf(names, one.id), steps)).join(' ')}
        width={width}
        height={BOX.height}
        className="block max-w-full"
      >
        {speedTicks(least, most).map((tick) => (
          <g key={tick}>
            <path d={`M${BOX.left} ${y(tick)}H${width - BOX.right}`} stroke="var(--line)" />
            <text x={BOX.left - 6} y={y(tick) + 4} textAnchor="end" fontSize="11" fill="var(--ink-3)">
              {tick}×
            </text>
          </g>
        ))}
        {indexTicks(last).map((tick) => (
          <text
            key={tick}
            x={x(tick)}
            y={BOX.height - 6}
            textAnchor={tick === 0 ? 'start' : tick === last ? 'end' : 'middle'}
            fontSize="11"
            fill="var(--ink-3)"
          >
            {tick === 0 ? 'original' : sayCount(tick)}
          </text>
        ))}
        {classes.map((each) => (
          <StepsOf key={each.one.id} {...each} scale={{ x, y, last }} selection={selection} />
        ))}
      </svg>
    </div>
  );
}

function StepsOf({ one, steps, scale, selection }: OfClass & { readonly scale: Scale; readonly selection: Selection }) {
  const hovered = useHovered(selection.hover);
  return (
    <g>
      <path d={pathOf(steps, scale)} fill="none" stroke={`var(${colourVariableOf(one.position)})`} strokeWidth="1.5" />
      {steps.map((step) => {
        const ringed = step.candidate === selection.selected || step.candidate === hovered;
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: the table has the same marks for the keyboard.
          // biome-ignore lint/a11y/useKeyWithClickEvents: likewise.
          <g
            key={step.candidate}
            transform={`translate(${scale.x(step.index)} ${scale.y(step.speed)})`}
            className="cursor-pointer"
            onPointerEnter={() => selection.hover.set(step.candidate)}
            onPointerLeave={() => selection.hover.set(undefined)}
            onClick={() => selection.select(step.candidate)}
          >
            <circle r="9" fill="transparent" stroke={ringed ? 'var(--ink)' : 'none'} strokeWidth="1.5" />
            <g transform="translate(-4.5 -4.5)">
              <ClassMark position={one.position} size={9} hollow={step.index === 0} />
            </g>
          </g>
        );
      })}
    </g>
  );
}

function stepsOf(view: SweepOverview, one: ClassOverview): readonly Step[] {
  const unit = originalMs(view, one.id);
  if (unit === undefined) return [];
  return one.history.map(({ index, candidate, latencyMs }) => ({ index, candidate, speed: unit / latencyMs }));
}

interface Scale {
  readonly x: (index: number) => number;
  readonly y: (speed: number) => number;
  readonly last: number;
}

function pathOf(steps: readonly Step[], { x, y, last }: Scale): string {
  return `${steps.map((step, at) => (at === 0 ? `M${x(step.index)} ${y(step.speed)}` : `H${x(step.index)}V${y(step.speed)}`)).join('')}H${x(last)}`;
}

function speedTicks(least: number, most: number): readonly number[] {
  const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20].find((one) => (most - least) / one <= 5) ?? 50;
  const ticks: number[] = [];
  for (let at = Math.ceil(least / step); at * step <= most; at++) ticks.push(Number((at * step).toFixed(1)));
  return ticks;
}

function indexTicks(last: number): readonly number[] {
  return last < 4 ? [0, last] : [0, Math.round(last / 4), Math.round(last / 2), Math.round((3 * last) / 4), last];
}

function say(name: string, steps: readonly Step[]): string {
  const [first] = steps;
  const best = steps.at(-1);
  if (!first || !best) return '';
  return `${name}: ${steps.length - 1} times better, last by ${best.candidate}, ${sayThreeDigits(best.speed)} times as fast as the original.`;
}
