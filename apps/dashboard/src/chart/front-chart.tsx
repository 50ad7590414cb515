'use client';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { type Hover, useHovered } from '../sweep/selection.ts';
import { drawFront } from './draw-front.ts';
import type { FrontMarks, Mark } from './front-marks.ts';
import { LimitPills, type MovedLimit } from './limit-pills.tsx';
import { placesIn, scalesOf } from './place-marks.ts';
import { placeTooltip } from './place-tooltip.ts';
import { Rings } from './rings.tsx';
import { openCanvas, useCanvasPlace } from './use-canvas.ts';
import { type Brushed, usePointing } from './use-pointing.ts';

export interface FrontChartProps {
  readonly front: FrontMarks;
  readonly selected: string | undefined;
  /** Marks of the selected candidate that are not among those of the front. */
  readonly alsoSelected?: readonly Mark[];
  readonly hover: Hover;
  readonly dominated: boolean;
  /** What the chart shows, in a sentence for those who do not see it. */
  readonly caption: string;
  readonly box: Brushed | undefined;
  readonly describe: (mark: Mark) => ReactNode;
  readonly onSelect: (candidate: string | undefined) => void;
  readonly onOpen: (candidate: string) => void;
  readonly onCompare: (candidate: string) => void;
  readonly onBrush: (box: Brushed | undefined) => void;
  /** A limit is dragged: what if? Undefined for charts whose limits stand. */
  readonly onLimit?: ((limit: MovedLimit) => void) | undefined;
  readonly className?: string;
}

type Point = readonly [number, number];

/** Accuracy against latency or size. Pointing or touching finds the nearest mark; the arrow keys walk along the front; dragging over empty plot brushes. */
export default function FrontChart(props: FrontChartProps) {
  const { front, caption, describe, selected, alsoSelected = [], className = 'h-[340px] sm:h-full sm:min-h-[440px]' } = props;
  const hovered = useHovered(props.hover);
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { size, colours } = useCanvasPlace(box);
  const { dominated } = props;
  useEffect(() => {
    if (!canvas.current || !colours || size[0] === 0) return;
    const context = openCanvas(canvas.current, size);
    if (context) drawFront(context, { front, colours, dominated, size });
  }, [front, colours, dominated, size]);
  const place = useMemo(() => placesIn(front, size), [front, size]);
  const scales = useMemo(() => scalesOf(front, size), [front, size]);
  const { pointed, drawn, listeners } = usePointing(props, { place, scales });
  const marks = useMemo(() => [...front.marks, ...alsoSelected], [front, alsoSelected]);
  const placedOf = (candidate: string | undefined) =>
    candidate === undefined ? [] : marks.filter((mark) => mark.candidate === candidate).map((mark) => ({ mark, at: place(mark) }));
  const shownBox = drawn ?? props.box;
  return (
    <figure className="relative m-0 flex min-h-0 flex-1 flex-col">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: an application is interactive. */}
      <div
        role="application"
        aria-roledescription="chart"
        aria-label={caption}
        tabIndex={0}
        className={`relative flex-1 touch-pan-y rounded-control select-none ${pointed ? 'cursor-pointer' : 'cursor-crosshair'}`}
        {...listeners}
      >
        <div ref={box} className={className} aria-hidden="true">
          <canvas ref={canvas} className="absolute inset-0 size-full" />
        </div>
        {size[0] > 0 && (
          <>
            {shownBox && <Brush box={shownBox} scales={scales} />}
            {hovered !== selected && <Rings placed={placedOf(hovered)} strong={false} />}
            <Rings placed={placedOf(selected)} strong />
            <LimitPills front={front} scales={scales} onLimit={props.onLimit} />
            {pointed && (
              <Tooltip at={place(pointed)} box={size} marks={front.marks.filter((mark) => mark.kind !== 'dominated').map(place)}>
                {describe(pointed)}
              </Tooltip>
            )}
          </>
        )}
      </div>
      <figcaption className="sr-only">{caption} The table of candidates has the same figures.</figcaption>
    </figure>
  );
}

function Brush({ box, scales }: { readonly box: Brushed; readonly scales: ReturnType<typeof scalesOf> }) {
  const { plot, x, y } = scales;
  const left = Math.max(plot.left, x(box.from));
  const right = Math.min(plot.right, x(box.to));
  const top = Math.max(plot.top, y(box.high));
  const bottom = Math.min(plot.bottom, y(box.low));
  if (right <= left || bottom <= top) return null;
  return (
    <div
      aria-hidden="true"
      className="pointer-events-none absolute rounded-[2px] border border-accent bg-accent/10"
      style={{ left, top, width: right - left, height: bottom - top }}
    />
  );
}

interface TooltipProps {
  readonly at: Point;
  readonly box: Point;
  readonly marks: readonly Point[];
  readonly children: ReactNode;
}

function Tooltip({ at, box, marks, children }: TooltipProps) {
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
