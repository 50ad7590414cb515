type Point = readonly [x: number, y: number];

/**
 * Shapes of the device classes by position, as corners in a box of 20: circle (it has none), square, triangle, diamond, plus, hexagon.
 * The same for chart, tables and tiles. Past six, a class is drawn as a circle in the colour of labels.
 */
const CORNERS: readonly (readonly Point[])[] = [
  [],
  [
    [2.5, 2.5],
    [17.5, 2.5],
    [17.5, 17.5],
    [2.5, 17.5],
  ],
  [
    [10, 1.5],
    [19, 17.5],
    [1, 17.5],
  ],
  [
    [10, 0.5],
    [19.5, 10],
    [10, 19.5],
    [0.5, 10],
  ],
  [
    [7, 1.5],
    [13, 1.5],
    [13, 7],
    [18.5, 7],
    [18.5, 13],
    [13, 13],
    [13, 18.5],
    [7, 18.5],
    [7, 13],
    [1.5, 13],
    [1.5, 7],
    [7, 7],
  ],
  [
    [10, 1],
    [17.8, 5.5],
    [17.8, 14.5],
    [10, 19],
    [2.2, 14.5],
    [2.2, 5.5],
  ],
];

const CIRCLE = 'M10 1.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17z';

/** Name of the shape, for those who hear the page. */
export const SHAPE_NAMES = ['circle', 'square', 'triangle', 'diamond', 'plus', 'hexagon'] as const;

/** The shape of the class at this position as an SVG path in a box of 20. */
export function shapeOf(position: number): string {
  const corners = cornersOf(position);
  return corners.length === 0 ? CIRCLE : `M${corners.map(([x, y]) => `${x} ${y}`).join('L')}z`;
}

/** Its corners in a box of 20; none: it is a circle of radius 8.5. */
export function cornersOf(position: number): readonly Point[] {
  return CORNERS[position] ?? [];
}

/** Colour of the class at this position, as a CSS variable. */
export function colourVariableOf(position: number): string {
  return position < CORNERS.length ? `--class-${position + 1}` : '--ink-3';
}
