import { FleetError } from '@fleetfit/core';
import { type DatasetSource, originOf, unnamedClasses } from '../dataset-source.ts';
import type { FileTree } from '../file-tree.ts';

interface Row {
  readonly line: number;
  readonly file: string;
  readonly label: string;
  readonly name: string | undefined;
}

export const LABELS_FILE = 'labels.csv';

/**
 * Images named by `labels.csv`: a heading with `file` and `label`, and `name` where there is one. A label is a number from 0,
 * or the name of a class; named classes are numbered in code-unit order unless `classes.json` says otherwise.
 * @throws FleetError `invalid` for a table without these columns, or files it names that are not there
 */
export async function readCsvLabels(
  tree: FileTree,
  files: readonly string[],
  named: readonly string[] | undefined,
): Promise<DatasetSource> {
  const rows = rowsOf(new TextDecoder().decode(await tree.read(LABELS_FILE)));
  requireFiles(rows, new Set(files));
  const numbered = rows.every(({ label }) => /^-?\d+$/.test(label));
  const classes = named ?? (numbered ? namesByNumber(rows) : [...new Set(rows.map(({ label }) => label))].sort());
  const labels = new Map(classes.map((name, label) => [name, label]));
  const images = rows.map(({ file, label }) => ({
    name: file,
    label: numbered ? Number(label) : (labels.get(label) ?? -1),
    origin: file.includes('/') ? originOf(file) : undefined,
    read: () => tree.read(file),
  }));
  return { format: 'csv', classes, encoding: { kind: 'encoded' }, images };
}

function rowsOf(text: string): Row[] {
  const [heading = [], ...lines] = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map(cellsOf);
  const column = (names: readonly string[]): number => heading.findIndex((cell) => names.includes(cell.trim().toLowerCase()));
  const [file, label, name] = [column(['file', 'filename', 'path', 'image']), column(['label', 'class']), column(['name', 'class_name'])];
  if (file < 0 || label < 0)
    throw new FleetError('invalid', `Cannot read the dataset: ${LABELS_FILE} has no heading with "file" and "label"`, {
      next: 'begin it with a line such as: file,label,name',
    });
  return lines.flatMap((cells, i) => {
    const path = cells[file]?.trim();
    return path ? [{ line: i + 2, file: path, label: cells[label]?.trim() ?? '', name: cells[name]?.trim() }] : [];
  });
}

// RFC 4180, without line breaks inside a cell: none of the tables that people write have them.
function cellsOf(line: string): string[] {
  const cells = line.match(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g) ?? [];
  return cells.map((cell) => {
    const inside = cell.replace(/,$/, '');
    return inside.startsWith('"') ? inside.slice(1, -1).replaceAll('""', '"') : inside;
  });
}

function requireFiles(rows: readonly Row[], files: ReadonlySet<string>): void {
  const missing = rows.filter(({ file }) => !files.has(file));
  const [first] = missing;
  if (first)
    throw new FleetError(
      'invalid',
      `Cannot read the dataset: ${LABELS_FILE} names ${missing.length} of ${rows.length} files that are not there, first "${first.file}" in line ${first.line}`,
    );
}

function namesByNumber(rows: readonly Row[]): string[] {
  const names = unnamedClasses(rows.reduce((most, { label }) => Math.max(most, Number(label) + 1), 1));
  for (const { label, name } of rows) if (name && Number(label) >= 0) names[Number(label)] = name;
  return names;
}
