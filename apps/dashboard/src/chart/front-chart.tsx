'use client';
import type { ECharts } from 'echarts/core';
import { type KeyboardEvent, type PointerEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { type Hover, useHovered } from '../sweep/selection.ts';
import { readChartColours } from './chart-colours.ts';
import { init } from './echarts.ts';
import type { FrontMarks, Mark } from './front-marks.ts';
import { frontOption } from './front-option.ts';
import { placesIn } from './place-marks.ts';
import { nearestMark, placeTooltip } from './place-tooltip.ts';
import { Rings } from './rings.tsx';

export interface FrontChartProps {
  readonly front: FrontMarks;
  readonly selected: string | undefined;
  readonly hover: Hover;
  readonly dominated: boolean;
  /** What the chart shows, in a sentence for those who do not see it. */
  readonly caption: string;
  readonly describe: (mark: Mark) => ReactNode;
  readonly onSelect: (candidate: string | undefined) => void;
  readonly onOpen: (candidate: string) => void;
}

type Point = readonly [number, number];

/** Accuracy against latency. Pointing or touching finds the nearest mark; the arrow keys walk along the front. */
export default function FrontChart(props: FrontChartProps) {
  const { front, caption, describe, selected } = props;
  const hovered = useHovered(props.hover);
  const box = useRef<HTMLDivElement>(null);
  const { chart, size, colours } = useChart(box);
  useDrawing(chart, { ...props, colours, size });
  const place = useMemo(() => placesIn(front, size), [front, size]);
  const alongFront = useMemo(() => front.marks.filter((mark) => mark.kind === 'front' || mark.kind === 'original'), [front]);
  const { pointed, listeners } = usePointing(props, place, alongFront);
  const placedOf = (candidate: string | undefined) =>
    front.marks.filter((mark) => mark.candidate === candidate).map((mark) => ({ mark, at: place(mark) }));
  return (
    <figure className="relative m-0 flex min-h-0 flex-1 flex-col">
      <div
        role="application"
        aria-roledescription="chart"
        aria-label={caption}
        tabIndex={0}
        className={`relative flex-1 rounded-control ${pointed ? 'cursor-pointer' : ''}`}
        {...listeners}
      >
        <div ref={box} className="h-[340px] sm:h-full sm:min-h-[440px]" aria-hidden="true" />
        {hovered !== selected && <Rings placed={placedOf(hovered)} strong={false} />}
        <Rings placed={placedOf(selected)} strong />
        {pointed && front.marks.some((mark) => same(mark, pointed)) && (
          <Tooltip at={place(pointed)} box={size} marks={alongFront.map(place)}>
            {describe(pointed)}
          </Tooltip>
        )}
      </div>
      <figcaption className="sr-only">{caption} The table of candidates has the same figures.</figcaption>
    </figure>
  );
}

type Colours = ReturnType<typeof readChartColours>;
type DrawingProps = FrontChartProps & { readonly colours: Colours | undefined; readonly size: Point };

function useDrawing(chart: ECharts | undefined, { front, dominated, colours, size }: DrawingProps): void {
  useEffect(() => {
    if (!chart || !colours || size[0] === 0) return;
    chart.setOption(frontOption(front, { colours, dominated, width: size[0] }), { notMerge: true });
  }, [chart, colours, front, dominated, size]);
}

/** What is pointed at, and everything by which one points: mouse, finger, keys. */
function usePointing(props: FrontChartProps, place: (mark: Mark) => Point, alongFront: readonly Mark[]) {
  const [pointed, setPointed] = useState<Mark | undefined>(undefined);
  const point = (mark: Mark | undefined) => {
    setPointed(mark);
    props.hover.set(mark?.candidate);
  };
  const nearest = (event: PointerEvent) => {
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const marks = props.front.marks.filter((mark) => props.dominated || mark.kind !== 'dominated');
    const placed = marks.map((mark) => ({ mark, at: place(mark) }));
    return nearestMark(placed, [event.clientX - left, event.clientY - top], event.pointerType === 'touch' ? 28 : 14);
  };
  const listeners = {
    onPointerMove: (event: PointerEvent) => point(nearest(event)),
    onPointerLeave: () => point(undefined),
    onPointerDown: (event: PointerEvent) => {
      const mark = nearest(event);
      point(mark);
      props.onSelect(mark?.candidate);
    },
    onDoubleClick: () => pointed && props.onOpen(pointed.candidate),
    onBlur: () => point(undefined),
    onKeyDown: (event: KeyboardEvent) => {
      const next = walk(alongFront, pointed, event.key);
      if (!next) return;
      event.preventDefault();
      point(next);
      props.onSelect(next.candidate);
    },
  };
  return { pointed, listeners };
}

function Tooltip({
  at,
  box,
  marks,
  children,
}: {
  readonly at: Point;
  readonly box: Point;
  readonly marks: readonly Point[];
  readonly children: ReactNode;
}) {
  const self = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<Point>([200, 130]);
  useEffect(() => {
    if (self.current) setSize([self.current.offsetWidth, self.current.offsetHeight]);
  }, [children]);
  const [left, top] = placeTooltip(at, size, { box, marks });
  return (
    <div
      ref={self}
      role="status"
      style={{ left, top }}
      className="pointer-events-none absolute z-10 w-max max-w-[260px] rounded-tile bg-raised px-3 py-2 shadow-floating"
    >
      {children}
    </div>
  );
}

/** The chart in its box: made once, resized with it, and told the colours again when light turns to dark. */
function useChart(box: { readonly current: HTMLDivElement | null }) {
  const [chart, setChart] = useState<ECharts | undefined>(undefined);
  const [size, setSize] = useState<Point>([0, 0]);
  const [colours, setColours] = useState<Colours | undefined>(undefined);
  useEffect(() => {
    const place = box.current;
    if (!place) return;
    const made = init(place, null, { renderer: 'canvas' });
    const readColours = () => setColours(readChartColours());
    const resized = new ResizeObserver(() => {
      made.resize();
      setSize([place.clientWidth, place.clientHeight]);
    });
    resized.observe(place);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', readColours);
    // A canvas drawn before its font has come keeps the wrong one.
    void document.fonts.ready.then(readColours);
    setChart(made);
    return () => {
      dark.removeEventListener('change', readColours);
      resized.disconnect();
      made.dispose();
      setChart(undefined);
    };
  }, [box]);
  return { chart, size, colours };
}

function walk(front: readonly Mark[], from: Mark | undefined, key: string): Mark | undefined {
  if (key !== 'ArrowLeft' && key !== 'ArrowRight' && key !== 'ArrowUp' && key !== 'ArrowDown') return undefined;
  const classes = [...new Set(front.map((mark) => mark.classId))];
  if (!from) return front[0];
  const along = front.filter((mark) => mark.classId === from.classId).sort((a, b) => a.latency.value - b.latency.value);
  if (key === 'ArrowLeft' || key === 'ArrowRight') {
    const now = along.findIndex((mark) => same(mark, from));
    return along[Math.max(0, Math.min(along.length - 1, now + (key === 'ArrowRight' ? 1 : -1)))];
  }
  const step = key === 'ArrowDown' ? 1 : classes.length - 1;
  const other = classes[(classes.indexOf(from.classId) + step) % classes.length];
  return front.find((mark) => mark.classId === other && mark.candidate === from.candidate) ?? front.find((mark) => mark.classId === other);
}

function same(a: Mark, b: Mark): boolean {
  return a.candidate === b.candidate && a.classId === b.classId;
}
