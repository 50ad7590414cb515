/**
 * Shapes of the device classes by position, as paths in a box of 20: circle, square, triangle, diamond, plus, hexagon.
 * The same for chart, tables and tiles. Past six, a class is drawn as a circle in the colour of labels.
 */
export const CLASS_SHAPES = [
  'M10 1.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 1 0 0-17z',
  'M2.5 2.5H17.5V17.5H2.5z',
  'M10 1.5 19 17.5H1z',
  'M10 0.5 19.5 10 10 19.5 0.5 10z',
  'M7 1.5H13V7H18.5V13H13V18.5H7V13H1.5V7H7z',
  'M10 1 17.8 5.5V14.5L10 19 2.2 14.5V5.5z',
] as const;

/** Name of the shape, for those who hear the page. */
export const SHAPE_NAMES = ['circle', 'square', 'triangle', 'diamond', 'plus', 'hexagon'] as const;

/** Path of the class at this position. */
export function shapeOf(position: number): string {
  return CLASS_SHAPES[position] ?? CLASS_SHAPES[0];
}

/** Colour of the class at this position, as a CSS variable. */
export function colourVariableOf(position: number): string {
  return position < CLASS_SHAPES.length ? `--class-${position + 1}` : '--ink-3';
}
