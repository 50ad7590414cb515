import { sayPoints, sayThreeDigits } from '@fleetfit/sweep/say-numbers';
import { cornersOf } from '../frame/class-shapes.ts';
import type { FrontMarks, Limit, Mark } from './front-marks.ts';
import type { FrontOptions } from './front-option.ts';

export interface Drawing extends FrontOptions {
  readonly front: FrontMarks;
}

/** The little of ECharts' drawing API that is needed: a point of the data in px, and the plot's box. */
interface Api {
  coord(point: readonly [number, number]): readonly number[];
}
interface Params {
  readonly coordSys: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
}
type Shape = Readonly<Record<string, unknown>>;
type RenderItem = (params: Params, api: Api) => Shape;
type At = (ms: number, points: number) => readonly [number, number];

/** Under the marks: the sunken region, limits, stairs, whiskers. */
export function drawGround(drawing: Drawing): RenderItem {
  return (params, api) => {
    const at = pointsIn(api);
    return group([
      ...region(drawing, params, at),
      ...stairs(drawing, at),
      ...whiskers(drawing, at),
      ...changeLimits(drawing, params, at),
      ...latencyLimits(drawing, params, at),
    ]);
  };
}

/** Over the marks: the dash of an original, and chevrons for what lies under the axis. */
export function drawOver(drawing: Drawing): RenderItem {
  return (_params, api) => {
    const at = pointsIn(api);
    const { front, colours, dominated } = drawing;
    const dashes = front.marks
      .filter((mark) => mark.kind === 'original')
      .map((mark) => {
        const [x, y] = at(mark.latency.value, mark.change.value);
        return line(
          [
            [x - 2.5, y],
            [x + 2.5, y],
          ],
          { stroke: colours.ofClass(mark.position), lineWidth: 1.5 },
        );
      });
    const chevrons = front.marks
      .filter((mark) => mark.below && (dominated || mark.kind !== 'dominated'))
      .map((mark) => {
        const [x, y] = at(mark.latency.value, front.changeRange[0]);
        const opacity = mark.kind === 'dominated' ? 0.45 : 1;
        return line(
          [
            [x - 4, y - 8],
            [x, y - 2],
            [x + 4, y - 8],
          ],
          { stroke: colours.ofClass(mark.position), lineWidth: 1.8, opacity },
        );
      });
    return group([...dashes, ...chevrons]);
  };
}

function region({ front, colours }: Drawing, { coordSys }: Params, at: At): readonly Shape[] {
  const [loosest] = front.changeLimits;
  if (!loosest) return [];
  const top = at(1, loosest.value)[1];
  const height = coordSys.y + coordSys.height - top;
  return height <= 0
    ? []
    : [{ type: 'rect', shape: { x: coordSys.x, y: top, width: coordSys.width, height }, style: { fill: colours.sunken, opacity: 0.7 } }];
}

function stairs({ front, colours }: Drawing, at: At): readonly Shape[] {
  return front.stairs
    .filter((one) => one.points.length > 1)
    .map((one) =>
      line(
        one.points.map(([ms, points]) => at(ms, points)),
        { stroke: colours.ofClass(one.position), lineWidth: 1.5 },
      ),
    );
}

function whiskers(drawing: Drawing, at: At): readonly Shape[] {
  return drawing.front.marks.filter((mark) => mark.kind !== 'dominated' && !mark.below).flatMap((mark) => whisker(drawing, at, mark));
}

// The 95 % interval of the change, cut off where the chart ends (without a cap there), and that of the latency where it is wider than the mark.
function whisker({ front, colours }: Drawing, at: At, { position, kind, latency, change }: Mark): readonly Shape[] {
  const [low, high] = front.changeRange;
  const style = { stroke: colours.ofClass(position), lineWidth: 1, opacity: kind === 'so far' ? 0.45 : 0.6 };
  const [x, top] = at(latency.value, Math.min(high, change.high));
  const [, bottom] = at(latency.value, Math.max(low, change.low));
  const [fastest, slowest] = front.latencyRange;
  const [left, y] = at(Math.max(fastest, latency.low), change.value);
  const [right] = at(Math.min(slowest, latency.high), change.value);
  const cap = (end: number) =>
    line(
      [
        [x - 3, end],
        [x + 3, end],
      ],
      style,
    );
  const upright = line(
    [
      [x, top],
      [x, bottom],
    ],
    style,
  );
  const level = line(
    [
      [left, y],
      [right, y],
    ],
    style,
  );
  return [
    ...(change.high > change.low ? [upright] : []),
    ...(change.high > change.low && change.high <= high ? [cap(top)] : []),
    ...(change.high > change.low && change.low >= low ? [cap(bottom)] : []),
    ...(right - left > 14 ? [level] : []),
  ];
}

function changeLimits({ front, colours }: Drawing, { coordSys }: Params, at: At): readonly Shape[] {
  return front.changeLimits
    .filter((limit) => limit.value >= front.changeRange[0])
    .flatMap((limit) => {
      const y = at(1, limit.value)[1];
      const text = `≥ ${sayPoints(limit.value)}`;
      return [
        line(
          [
            [coordSys.x, y],
            [coordSys.x + coordSys.width, y],
          ],
          { stroke: colours.ink, lineWidth: 1, lineDash: [4, 3], opacity: 0.75 },
        ),
        ...pill({ text, positions: [], right: coordSys.x, middle: y, border: colours.ink }, colours),
      ];
    });
}

function latencyLimits({ front, colours }: Drawing, { coordSys }: Params, at: At): readonly Shape[] {
  const taken: (readonly [number, number])[] = [];
  return front.latencyLimits.flatMap((limit) => {
    const x = at(limit.value, 0)[0];
    const text = `≤ ${sayThreeDigits(limit.value).replace(/\.0+$/, '')} ms`;
    const width = pillWidth(text, limit.positions);
    const centre = Math.min(x, coordSys.x + coordSys.width - width / 2);
    // Pills that would touch stand one row up.
    const crowded = taken.some(([left, right]) => centre - width / 2 < right + 4 && centre + width / 2 > left - 4);
    taken.push([centre - width / 2, centre + width / 2]);
    const middle = coordSys.y - (crowded ? 38 : 14);
    const border = colourOf(limit, colours);
    return [
      line(
        [
          [x, middle + 10],
          [x, coordSys.y + coordSys.height],
        ],
        { stroke: border, lineWidth: 1.2, lineDash: [4, 3] },
      ),
      ...pill({ text, positions: limit.positions, right: centre + width / 2, middle, border }, colours),
    ];
  });
}

function colourOf(limit: Limit, colours: FrontOptions['colours']): string {
  const [first, second] = limit.positions;
  return first === undefined || second !== undefined ? colours.label : colours.ofClass(first);
}

interface Pill {
  readonly text: string;
  readonly positions: readonly number[];
  readonly right: number;
  readonly middle: number;
  readonly border: string;
}

function pillWidth(text: string, positions: readonly number[]): number {
  // 6.6 px is an average digit of Inter at 12 px; the pill has 7 px on either side.
  return 14 + text.length * 6.6 + positions.length * 13;
}

function pill({ text, positions, right, middle, border }: Pill, colours: FrontOptions['colours']): readonly Shape[] {
  const width = pillWidth(text, positions);
  const x = right - width;
  return [
    {
      type: 'rect',
      shape: { x, y: middle - 10, width, height: 20, r: 4 },
      style: { fill: colours.surface, stroke: border, lineWidth: 1.2 },
    },
    ...positions.map((position, at) => classShape(position, [x + 11.5 + at * 13, middle], colours)),
    {
      type: 'text',
      style: {
        text,
        x: x + 7 + positions.length * 13,
        y: middle,
        align: 'left',
        verticalAlign: 'middle',
        fill: colours.ink,
        font: `500 12px ${colours.font}`,
      },
    },
  ];
}

// Corners, not a path: ECharts keeps a path where it first stood.
function classShape(position: number, [cx, cy]: readonly [number, number], colours: FrontOptions['colours']): Shape {
  const style = { fill: colours.ofClass(position) };
  const corners = cornersOf(position);
  if (corners.length === 0) return { type: 'circle', shape: { cx, cy, r: 4.2 }, style };
  return { type: 'polygon', shape: { points: corners.map(([x, y]) => [cx + (x - 10) / 2.1, cy + (y - 10) / 2.1]) }, style };
}

function pointsIn(api: Api): At {
  return (ms, points) => {
    const [x = 0, y = 0] = api.coord([Math.log10(ms), points]);
    return [x, y];
  };
}

function line(points: readonly (readonly [number, number])[], style: Shape): Shape {
  return { type: 'polyline', shape: { points }, style: { fill: 'none', lineJoin: 'round', ...style } };
}

function group(children: readonly Shape[]): Shape {
  return { type: 'group', children };
}
