import { sayPoints } from '@fleetfit/sweep/say-numbers';
import { cornersOf } from '../frame/class-shapes.ts';
import type { ChartColours } from './chart-colours.ts';
import { changeTicks, type FrontMarks, logTicks, type Mark } from './front-marks.ts';
import { isNarrow, type Scales, scalesOf } from './place-marks.ts';
import { sayAcross } from './say-across.ts';

export interface Drawing {
  readonly front: FrontMarks;
  readonly colours: ChartColours;
  /** Dominated candidates, drawn faint. */
  readonly dominated: boolean;
  /** Of the box, px. */
  readonly size: readonly [number, number];
}

type Canvas = CanvasRenderingContext2D;
interface Pen extends Drawing {
  readonly canvas: Canvas;
  readonly scales: Scales;
}

/** Draws the chart: ground and axes, the crowd, lines, whiskers, marks. Pills, rings and tooltip stand over it as elements of the page. */
export function drawFront(canvas: Canvas, drawing: Drawing): void {
  const pen: Pen = { ...drawing, canvas, scales: scalesOf(drawing.front, drawing.size) };
  canvas.clearRect(0, 0, ...drawing.size);
  drawGround(pen);
  drawAxes(pen);
  if (drawing.dominated) drawCrowd(pen);
  drawStairs(pen);
  drawWhiskers(pen);
  drawLimits(pen);
  for (const kind of ['so far', 'front', 'original'] as const)
    for (const mark of drawing.front.marks) if (mark.kind === kind) drawMark(pen, mark);
}

function drawGround({ canvas, front, colours, scales: { plot, y } }: Pen): void {
  const [loosest] = front.changeLimits;
  const top = loosest && y(loosest.value);
  if (top === undefined || top >= plot.bottom) return;
  canvas.fillStyle = colours.sunken;
  canvas.globalAlpha = 0.7;
  canvas.fillRect(plot.left, top, plot.right - plot.left, plot.bottom - top);
  canvas.globalAlpha = 1;
}

function drawAxes(pen: Pen): void {
  const { canvas, front, colours, scales } = pen;
  const { plot } = scales;
  canvas.font = `11px ${colours.font}`;
  canvas.lineWidth = 1;
  canvas.textAlign = 'center';
  canvas.textBaseline = 'top';
  let free = Number.NEGATIVE_INFINITY;
  for (const tick of logTicks(front.xRange)) {
    const x = Math.round(scales.x(tick)) + 0.5;
    strokeLine(pen, [x, plot.top, x, plot.bottom], colours.line);
    const text = sayAcross(tick, front.across);
    const half = canvas.measureText(text).width / 2;
    if (x - half < free) continue;
    free = x + half + 10;
    canvas.fillStyle = colours.label;
    canvas.fillText(text, x, plot.bottom + 8);
  }
  canvas.textAlign = 'right';
  canvas.textBaseline = 'middle';
  const [low, high] = front.changeRange;
  for (const tick of changeTicks(front.changeRange)) {
    const y = Math.round(scales.y(tick)) + 0.5;
    strokeLine(pen, [plot.left, y, plot.right, y], colours.line);
    // The pill of a limit stands where a label would.
    if (front.changeLimits.some((limit) => Math.abs(limit.value - tick) < (high - low) / 24)) continue;
    canvas.fillStyle = colours.label;
    canvas.fillText(Number.isInteger(tick) ? sayPoints(tick).replace('.0', '') : sayPoints(tick), plot.left - 8, y);
  }
  strokeLine(pen, [plot.left, plot.bottom + 0.5, plot.right, plot.bottom + 0.5], colours.axis);
  drawAxisNames(pen);
}

const NAMES = { latency: 'Latency p50, ms per image', ratio: 'Latency p50, × of the original', size: 'Size of the file' } as const;

function drawAxisNames({ canvas, colours, front, size, scales: { plot } }: Pen): void {
  const narrow = isNarrow(size[0]);
  canvas.font = `12px ${colours.font}`;
  canvas.fillStyle = colours.label;
  canvas.textAlign = 'center';
  canvas.textBaseline = 'top';
  canvas.fillText(narrow ? NAMES[front.across] : `${NAMES[front.across]} (log scale)`, (plot.left + plot.right) / 2, plot.bottom + 30);
  if (narrow) return;
  canvas.save();
  canvas.translate(9, (plot.top + plot.bottom) / 2);
  canvas.rotate(-Math.PI / 2);
  canvas.textBaseline = 'middle';
  canvas.fillText('Top-1 against the original, points', 0, 0);
  canvas.restore();
}

function drawCrowd(pen: Pen): void {
  const { canvas, front, colours, scales } = pen;
  const { plot } = scales;
  for (const density of front.densities) {
    canvas.fillStyle = colours.ofClass(density.position);
    const [width, height] = [(plot.right - plot.left) / density.columns, (plot.bottom - plot.top) / density.rows];
    const most = density.counts.reduce((max, count) => Math.max(max, count), 1);
    for (const [at, cell] of density.cells.entries()) {
      const [column, row] = [cell % density.columns, Math.floor(cell / density.columns)];
      canvas.globalAlpha = 0.1 + 0.4 * Math.sqrt((density.counts[at] ?? 0) / most);
      canvas.fillRect(plot.left + column * width, plot.bottom - (row + 1) * height, Math.max(1, width - 0.5), Math.max(1, height - 0.5));
    }
    canvas.globalAlpha = 0.5;
    for (const [column, count] of density.below.entries())
      if (count > 0) chevron(pen, plot.left + (column + 0.5) * width, density.position);
  }
  canvas.globalAlpha = 0.3;
  for (const mark of front.marks) if (mark.kind === 'dominated' && !mark.below) fillShape(pen, mark, 3);
  canvas.globalAlpha = 0.5;
  for (const mark of front.marks) if (mark.kind === 'dominated' && mark.below) chevron(pen, scales.x(mark.x.value), mark.position);
  canvas.globalAlpha = 1;
}

function chevron({ canvas, colours, scales }: Pen, x: number, position: number): void {
  const y = scales.plot.bottom;
  canvas.strokeStyle = colours.ofClass(position);
  canvas.lineWidth = 1.8;
  canvas.beginPath();
  canvas.moveTo(x - 4, y - 8);
  canvas.lineTo(x, y - 2);
  canvas.lineTo(x + 4, y - 8);
  canvas.stroke();
}

function drawStairs({ canvas, front, colours, scales }: Pen): void {
  canvas.lineWidth = 1.5;
  for (const { points, position } of front.stairs) {
    canvas.strokeStyle = colours.ofClass(position);
    canvas.beginPath();
    for (const [at, [x, y]] of points.entries()) canvas[at === 0 ? 'moveTo' : 'lineTo'](scales.x(x), scales.y(y));
    canvas.stroke();
  }
}

// The 95 % interval of the change, cut off where the chart ends (without a cap there), and that of the latency where it is wider than the mark.
function drawWhiskers(pen: Pen): void {
  const { canvas, front, colours, scales } = pen;
  const [low, high] = front.changeRange;
  canvas.lineWidth = 1;
  for (const { kind, below, x: across, change, position } of front.marks) {
    if (kind === 'dominated' || below) continue;
    canvas.globalAlpha = kind === 'so far' ? 0.45 : 0.6;
    const colour = colours.ofClass(position);
    const [x, y] = [scales.x(across.value), scales.y(change.value)];
    if (change.high > change.low) {
      const [top, bottom] = [scales.y(Math.min(high, change.high)), scales.y(Math.max(low, change.low))];
      strokeLine(pen, [x, top, x, bottom], colour);
      if (change.high <= high) strokeLine(pen, [x - 3, top, x + 3, top], colour);
      if (change.low >= low) strokeLine(pen, [x - 3, bottom, x + 3, bottom], colour);
    }
    const left = scales.x(Math.max(front.xRange[0], across.low));
    const right = scales.x(Math.min(front.xRange[1], across.high));
    if (right - left > 14) strokeLine(pen, [left, y, right, y], colour);
  }
  canvas.globalAlpha = 1;
}

function drawLimits(pen: Pen): void {
  const { canvas, front, colours, scales } = pen;
  const { plot } = scales;
  canvas.setLineDash([4, 3]);
  for (const { value } of front.changeLimits) {
    if (value < front.changeRange[0]) continue;
    canvas.globalAlpha = 0.75;
    canvas.lineWidth = 1;
    strokeLine(pen, [plot.left, scales.y(value), plot.right, scales.y(value)], colours.ink);
    canvas.globalAlpha = 1;
  }
  canvas.lineWidth = 1.2;
  for (const { value, positions } of front.xLimits) {
    const [first, second] = positions;
    const colour = first === undefined || second !== undefined ? colours.label : colours.ofClass(first);
    strokeLine(pen, [scales.x(value), plot.top - 4, scales.x(value), plot.bottom], colour);
  }
  canvas.setLineDash([]);
}

function drawMark(pen: Pen, mark: Mark): void {
  const { canvas, colours, scales } = pen;
  const colour = colours.ofClass(mark.position);
  if (mark.below) return chevron(pen, scales.x(mark.x.value), mark.position);
  const hollow = mark.kind !== 'front';
  shapePath(pen, mark, hollow ? 4.6 : 5.6);
  canvas.fillStyle = hollow ? colours.surface : colour;
  canvas.fill();
  canvas.strokeStyle = hollow ? colour : colours.surface;
  canvas.lineWidth = hollow ? 2 : 1;
  canvas.stroke();
  if (mark.kind !== 'original') return;
  canvas.lineWidth = 1.5;
  const [x, y] = [scales.x(mark.x.value), scales.y(mark.change.value)];
  strokeLine(pen, [x - 2.5, y, x + 2.5, y], colour);
}

function fillShape(pen: Pen, mark: Mark, radius: number): void {
  shapePath(pen, mark, radius);
  pen.canvas.fillStyle = pen.colours.ofClass(mark.position);
  pen.canvas.fill();
}

function shapePath({ canvas, scales, front }: Pen, mark: Mark, radius: number): void {
  const [cx, cy] = [scales.x(mark.x.value), scales.y(Math.max(mark.change.value, front.changeRange[0]))];
  const corners = cornersOf(mark.position);
  canvas.beginPath();
  if (corners.length === 0) canvas.arc(cx, cy, radius, 0, 2 * Math.PI);
  // Corners stand in a box of 20; a circle fills it with a radius of 8.5.
  for (const [at, [x, y]] of corners.entries())
    canvas[at === 0 ? 'moveTo' : 'lineTo'](cx + ((x - 10) * radius) / 8.5, cy + ((y - 10) * radius) / 8.5);
  canvas.closePath();
}

function strokeLine({ canvas }: Pen, [x1, y1, x2, y2]: readonly [number, number, number, number], colour: string): void {
  canvas.strokeStyle = colour;
  canvas.beginPath();
  canvas.moveTo(x1, y1);
  canvas.lineTo(x2, y2);
  canvas.stroke();
}
