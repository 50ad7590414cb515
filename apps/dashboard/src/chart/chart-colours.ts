import { colourVariableOf } from '../frame/class-shapes.ts';

/** The tokens a canvas needs as values: it cannot read CSS variables by itself. */
export interface ChartColours {
  readonly surface: string;
  readonly sunken: string;
  readonly line: string;
  readonly axis: string;
  readonly ink: string;
  readonly label: string;
  readonly original: string;
  readonly font: string;
  ofClass(position: number): string;
}

/** Reads the tokens as they are now: again when light turns to dark. */
export function readChartColours(): ChartColours {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(name).trim();
  return {
    surface: read('--surface'),
    sunken: read('--sunken'),
    line: read('--line'),
    axis: read('--line-2'),
    ink: read('--ink'),
    label: read('--ink-3'),
    original: read('--original'),
    font: getComputedStyle(document.body).fontFamily,
    ofClass: (position) => read(colourVariableOf(position)),
  };
}
