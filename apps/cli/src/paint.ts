/** Colours of the terminal: the dark tokens of the product, in 24 bits; nothing at all with `NO_COLOR` or without a terminal. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  accent(text: string): string;
  warn(text: string): string;
  bad(text: string): string;
  /** White on black, whatever the terminal's own colours are. */
  onBlack(text: string): string;
  /** The glyph of a device class in its colour, by order of first appearance. */
  glyph(position: number): string;
}

const GLYPHS = ['●', '■', '▲', '◆', '✚', '⬢'];
const CLASS_COLOURS = ['4A9DF5', 'F8A340', 'D6609A', '4FE0CB', 'A3972A', 'C9B8FB'];

export function makePaint({ colour }: { readonly colour: boolean }): Paint {
  const style = (open: string, close: string) => (text: string) => (colour && text !== '' ? `\x1b[${open}m${text}\x1b[${close}m` : text);
  const rgb = (hex: string) => style(`38;2;${[0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(';')}`, '39');
  return {
    bold: style('1', '22'),
    dim: style('2', '22'),
    accent: rgb('3FC796'),
    warn: rgb('E5B25A'),
    bad: rgb('FF8A80'),
    onBlack: style('97;40', '39;49'),
    // With more than six classes the rest share one glyph without colour.
    glyph: (position) => (position < GLYPHS.length ? rgb(CLASS_COLOURS[position] ?? '')(GLYPHS[position] ?? '') : '○'),
  };
}

/** Whether a stream shows colours. */
export function showsColour(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean {
  return stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

const ESCAPE = '\u001b';
const ESCAPES = new RegExp(`(${ESCAPE}\\[[0-9;]*m)`, 'g');

/** Columns that a text takes, escape sequences not counted. */
export const widthOf = (text: string): number => Array.from(text.replace(ESCAPES, '')).length;

/** Fills up to a width, escape sequences not counted. */
function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** Columns aligned under their heads; the last column is not padded. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, widthOf(cell));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : pad(cell, widths[i] ?? 0)))
      .join('   ')
      .trimEnd(),
  );
}

/** Cuts a line to a width, leaving escape sequences whole. */
export function cut(line: string, width: number): string {
  if (widthOf(line) <= width) return line;
  let out = '';
  let columns = 0;
  for (const part of line.split(ESCAPES)) {
    if (part.startsWith('\x1b')) {
      out += part;
      continue;
    }
    const letters = Array.from(part).slice(0, Math.max(0, width - 1 - columns));
    columns += letters.length;
    out += letters.join('');
  }
  return `${out}…${out.includes(ESCAPE) ? `${ESCAPE}[0m` : ''}`;
}
