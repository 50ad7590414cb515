'use client';
import { sayPoints } from '@fleetfit/sweep/say-numbers';
import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { ClassMark } from '../frame/class-mark.tsx';
import { colourVariableOf } from '../frame/class-shapes.ts';
import type { FrontMarks, Limit } from './front-marks.ts';
import type { Scales } from './place-marks.ts';
import { sayAcross } from './say-across.ts';

/** A limit and where it was moved to, in the unit of its axis; points are below zero. */
export interface MovedLimit {
  readonly axis: 'x' | 'change';
  readonly classIds: readonly string[];
  readonly value: number;
}

interface PillsProps {
  readonly front: FrontMarks;
  readonly scales: Scales;
  readonly onLimit: ((limit: MovedLimit) => void) | undefined;
}

/** The labelled pills at the ends of limit lines. Each is a slider: dragged, or moved by the arrow keys. */
export function LimitPills({ front, scales, onLimit }: PillsProps) {
  const rows = rowsOf(front, scales);
  return (
    <>
      {front.xLimits.map((limit, at) => (
        <Pill
          key={limit.classIds.join(' ')}
          limit={limit}
          axis="x"
          text={`≤ ${sayAcross(limit.value, front.across)}${front.across === 'latency' ? ' ms' : ''}`}
          style={{ left: scales.x(limit.value), top: scales.plot.top - 14 - (rows[at] ?? 0) * 24, transform: 'translate(-50%, -50%)' }}
          onMove={
            onLimit && ((point) => onLimit({ axis: 'x', classIds: limit.classIds, value: Number(scales.valueAt(point[0]).toPrecision(2)) }))
          }
          onStep={onLimit && ((step) => onLimit({ axis: 'x', classIds: limit.classIds, value: nudged(limit.value, step) }))}
        />
      ))}
      {front.changeLimits
        .filter((limit) => limit.value >= front.changeRange[0])
        .map((limit) => (
          <Pill
            key={limit.classIds.join(' ')}
            limit={{ ...limit, positions: front.changeLimits.length > 1 ? limit.positions : [] }}
            axis="change"
            text={`≥ ${sayPoints(limit.value)}`}
            style={{ left: scales.plot.left - 4, top: scales.y(limit.value), transform: 'translate(-100%, -50%)' }}
            onMove={
              onLimit &&
              ((point) =>
                onLimit({ axis: 'change', classIds: limit.classIds, value: Math.min(0, Number(scales.pointsAt(point[1]).toFixed(1))) }))
            }
            onStep={
              onLimit &&
              ((step) =>
                onLimit({ axis: 'change', classIds: limit.classIds, value: Math.min(0, Number((limit.value + step * 0.1).toFixed(1))) }))
            }
          />
        ))}
    </>
  );
}

const nudged = (value: number, step: number): number => Number((value * (1 + 0.05 * step)).toPrecision(2));

interface PillProps {
  readonly limit: Limit;
  readonly axis: 'x' | 'change';
  readonly text: string;
  readonly style: React.CSSProperties;
  readonly onMove: ((point: readonly [number, number]) => void) | undefined;
  readonly onStep: ((step: number) => void) | undefined;
}

function Pill({ limit, axis, text, style, onMove, onStep }: PillProps) {
  const held = useRef(false);
  const [first, second] = limit.positions;
  const border = first === undefined || second !== undefined ? 'var(--ink)' : `var(${colourVariableOf(first)})`;
  const moved = (event: PointerEvent) => {
    event.stopPropagation();
    const box = event.currentTarget.parentElement?.getBoundingClientRect();
    if (held.current && box && onMove) onMove([event.clientX - box.left, event.clientY - box.top]);
  };
  const handlers = onMove && {
    role: 'slider',
    tabIndex: 0,
    'aria-label': axis === 'x' ? 'Limit across' : 'Largest loss of accuracy',
    'aria-orientation': axis === 'x' ? ('horizontal' as const) : ('vertical' as const),
    'aria-valuenow': limit.value,
    'aria-valuetext': text,
    onPointerDown: (event: PointerEvent) => {
      event.stopPropagation();
      held.current = true;
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove: moved,
    onPointerUp: (event: PointerEvent) => {
      event.stopPropagation();
      held.current = false;
    },
    onKeyDown: (event: KeyboardEvent) => {
      const step = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      onStep?.(step);
    },
  };
  return (
    <span
      {...handlers}
      style={{ ...style, borderColor: border }}
      title={onMove ? 'Drag to see what another limit would change' : undefined}
      className={`absolute z-[5] flex h-6 touch-none items-center gap-1.5 rounded-pill border bg-surface px-1.5 text-label font-medium whitespace-nowrap text-ink ${onMove ? (axis === 'x' ? 'cursor-ew-resize' : 'cursor-ns-resize') : ''}`}
    >
      {limit.positions.map((position) => (
        <ClassMark key={position} position={position} size={9} />
      ))}
      {text}
    </span>
  );
}

// Pills that would touch stand one row up.
function rowsOf(front: FrontMarks, { x }: Scales): readonly number[] {
  const ends: number[] = [];
  return front.xLimits.map((limit) => {
    const half = 34 + limit.positions.length * 7;
    const at = x(limit.value);
    const row = ends.findIndex((end) => end < at - half - 4);
    const free = row < 0 ? Math.min(ends.length, 1) : row;
    ends[free] = at + half;
    return free;
  });
}
