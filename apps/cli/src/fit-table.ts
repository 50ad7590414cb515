import { cut, table, widthOf } from './paint.ts';

/** The first of some tables that fits into a width; where none does, the last with its first column cut. */
export function fitTable(tables: readonly (readonly (readonly string[])[])[], width: number): string[] {
  let narrowest: readonly (readonly string[])[] = [];
  for (const rows of tables) {
    const lines = table(rows);
    if (widest(lines) <= width) return lines;
    narrowest = rows;
  }
  const first = widest(narrowest.map((row) => row[0] ?? ''));
  const room = Math.max(SHORTEST, first - (widest(table(narrowest)) - width));
  return table(narrowest.map(([head = '', ...rest]) => [cut(head, room), ...rest])).map((line) => cut(line, width));
}

const SHORTEST = 8;
const widest = (lines: readonly string[]): number => lines.reduce((most, line) => Math.max(most, widthOf(line)), 0);

/** Breaks a text between words, every line after `indent`; a word that is too long stays whole. */
export function wrap(text: string, { width, indent }: { readonly width: number; readonly indent: string }): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && indent.length + widthOf(longer) > width) {
      lines.push(indent + line);
      line = word;
    } else line = longer;
  }
  return [...lines, indent + line];
}
