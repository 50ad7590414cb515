'use client';
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import type { Hover } from '../sweep/selection.ts';
import type { Density, FrontMarks, Mark } from './front-marks.ts';
import { alongFront } from './front-marks.ts';
import type { Scales } from './place-marks.ts';
import { nearestMark } from './place-tooltip.ts';

/** A brushed part of the chart, in units of its axes. */
export interface Brushed {
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
}

interface PointingProps {
  readonly front: FrontMarks;
  readonly dominated: boolean;
  readonly hover: Hover;
  readonly onSelect: (candidate: string | undefined) => void;
  readonly onOpen: (candidate: string) => void;
  readonly onCompare: (candidate: string) => void;
  readonly onBrush: (box: Brushed | undefined) => void;
}

interface Place {
  readonly place: (mark: Mark) => readonly [number, number];
  readonly scales: Scales;
}

/** A drag shorter than this is a click, px. */
const A_CLICK = 5;

/** What is pointed at, and everything by which one points: mouse, finger, keys. */
export function usePointing(props: PointingProps, { place, scales }: Place) {
  const { front, dominated, hover } = props;
  const [pointed, setPointed] = useState<Mark | undefined>(undefined);
  const [drawn, setDrawn] = useState<Brushed | undefined>(undefined);
  const drag = useRef<{ readonly x: number; readonly y: number } | undefined>(undefined);
  const point = (mark: Mark | undefined) => {
    setPointed(mark);
    hover.set(mark?.candidate);
  };
  const positionOf = (event: PointerEvent): readonly [number, number] => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
  const nearest = (event: PointerEvent) => {
    const at = positionOf(event);
    const marks = dominated ? front.marks : front.marks.filter((mark) => mark.kind !== 'dominated');
    const found = nearestMark(
      marks.map((mark) => ({ mark, at: place(mark) })),
      at,
      event.pointerType === 'touch' ? 28 : 14,
    );
    return found ?? (dominated ? inDensity(front, scales, at) : undefined);
  };
  const brushTo = (event: PointerEvent): Brushed | undefined => {
    const [x, y] = positionOf(event);
    const from = drag.current;
    if (!from || Math.hypot(x - from.x, y - from.y) < A_CLICK) return undefined;
    return boxBetween(scales, [from.x, from.y], [x, y]);
  };
  const listeners = {
    onPointerMove: (event: PointerEvent) => {
      if (drag.current) setDrawn(brushTo(event));
      else point(nearest(event));
    },
    onPointerLeave: () => !drag.current && point(undefined),
    onPointerDown: (event: PointerEvent) => {
      const mark = nearest(event);
      point(mark);
      if (mark) {
        if (event.shiftKey) props.onCompare(mark.candidate);
        else props.onSelect(mark.candidate);
      } else if (event.pointerType === 'mouse' && event.button === 0) {
        const [x, y] = positionOf(event);
        drag.current = { x, y };
        event.currentTarget.setPointerCapture(event.pointerId);
      }
    },
    onPointerUp: (event: PointerEvent) => {
      if (!drag.current) return;
      const box = brushTo(event);
      drag.current = undefined;
      setDrawn(undefined);
      if (box) props.onBrush(box);
      else props.onSelect(undefined);
    },
    onDoubleClick: () => pointed && props.onOpen(pointed.candidate),
    onBlur: () => point(undefined),
    onKeyDown: (event: KeyboardEvent) => {
      const next = walk(front, pointed, event.key);
      if (!next) return;
      event.preventDefault();
      point(next);
      props.onSelect(next.candidate);
    },
  };
  return { pointed: pointed && stillThere(front, pointed), drawn, listeners };
}

// Marks are made anew with every view; the one that was pointed at is the same candidate on the same class.
function stillThere(front: FrontMarks, mark: Mark): Mark | undefined {
  return front.marks.find((one) => same(one, mark)) ?? (front.densities.length > 0 ? mark : undefined);
}

function same(a: Mark, b: Mark): boolean {
  return a.candidate === b.candidate && a.classId === b.classId;
}

function boxBetween({ plot, valueAt, pointsAt }: Scales, a: readonly [number, number], b: readonly [number, number]): Brushed {
  const inside = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));
  const xs = [a[0], b[0]].map((x) => inside(x, plot.left, plot.right)).sort((one, other) => one - other);
  const ys = [a[1], b[1]].map((y) => inside(y, plot.top, plot.bottom)).sort((one, other) => one - other);
  const short = (value: number) => Number(value.toPrecision(3));
  return {
    from: short(valueAt(xs[0] ?? 0)),
    to: short(valueAt(xs[1] ?? 0)),
    low: short(pointsAt(ys[1] ?? 0)),
    high: short(pointsAt(ys[0] ?? 0)),
  };
}

/** The candidate that stands for the cell under the pointer. */
function inDensity(front: FrontMarks, { plot, valueAt, pointsAt }: Scales, [x, y]: readonly [number, number]): Mark | undefined {
  if (x < plot.left || x > plot.right || y < plot.top || y > plot.bottom) return undefined;
  for (const density of front.densities) {
    const at = cellAt(density, [(x - plot.left) / (plot.right - plot.left), (plot.bottom - y) / (plot.bottom - plot.top)]);
    const candidate = density.ids[at];
    if (candidate === undefined) continue;
    const { classId, position } = density;
    const [value, points] = [valueAt(x), pointsAt(y)];
    const here = (one: number) => ({ value: one, low: one, high: one });
    return { candidate, classId, position, kind: 'dominated', x: here(value), change: here(points), below: false };
  }
  return undefined;
}

function cellAt({ columns, rows, cells }: Density, [right, up]: readonly [number, number]): number {
  return cells.indexOf(Math.floor(up * rows) * columns + Math.floor(right * columns));
}

function walk(front: FrontMarks, from: Mark | undefined, key: string): Mark | undefined {
  if (key !== 'ArrowLeft' && key !== 'ArrowRight' && key !== 'ArrowUp' && key !== 'ArrowDown') return undefined;
  const classes = [...new Set(front.marks.map((mark) => mark.classId))];
  if (!from) return classes[0] === undefined ? undefined : alongFront(front, classes[0])[0];
  if (key === 'ArrowLeft' || key === 'ArrowRight') {
    const along = alongFront(front, from.classId);
    const now = along.findIndex((mark) => same(mark, from));
    return along[Math.max(0, Math.min(along.length - 1, now + (key === 'ArrowRight' ? 1 : -1)))];
  }
  const step = key === 'ArrowDown' ? 1 : classes.length - 1;
  const other = classes[(classes.indexOf(from.classId) + step) % classes.length] ?? from.classId;
  const along = alongFront(front, other);
  return along.find((mark) => mark.candidate === from.candidate) ?? along[0];
}
