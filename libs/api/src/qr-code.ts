import { FleetError } from '@fleetfit/core';
import makeQr from 'qrcode-generator';

/** A QR code (ISO/IEC 18004), level M. The quiet zone of four modules around it is left to whoever draws it. */
export interface QrCode {
  /** Modules a side. */
  readonly size: number;
  /** For `<path d>` in a `viewBox="0 0 size size"`: every run of dark modules of a row as a rectangle. */
  readonly path: string;
  /** Row by row, `#` for a dark module and `.` for a light one. */
  readonly rows: readonly string[];
}

/** A text as a QR code, as small as it can be. @throws FleetError `invalid` when it is too long for one */
export function qrCode(text: string): QrCode {
  const code = makeQr(0, 'M');
  try {
    code.addData(text, 'Byte');
    code.make();
  } catch (cause) {
    throw new FleetError('invalid', `Cannot draw a QR code: ${text.length} characters are too many`, { cause });
  }
  const size = code.getModuleCount();
  const each = Array.from({ length: size }, (_, i) => i);
  const rows = each.map((y) => each.map((x) => (code.isDark(y, x) ? '#' : '.')).join(''));
  return { size, path: rows.map(pathOfRow).join(''), rows };
}

function pathOfRow(row: string, y: number): string {
  return [...row.matchAll(/#+/g)].map(({ 0: run, index: x }) => `M${x} ${y}h${run.length}v1h-${run.length}z`).join('');
}

const QUIET = 4;

/**
 * The code for a terminal, quiet zone included: two rows a line, in half blocks that are drawn for light modules, so that it reads on the
 * usual dark ground. On a light ground whoever prints it inverts it, or sets both colours.
 */
export function qrLines({ rows, size }: QrCode): readonly string[] {
  const isLight = (x: number, y: number): boolean => rows[y - QUIET]?.[x - QUIET] !== '#';
  const side = size + 2 * QUIET;
  const lines: string[] = [];
  for (let y = 0; y < side; y += 2) {
    let line = '';
    for (let x = 0; x < side; x++) line += HALVES[Number(isLight(x, y)) * 2 + Number(y + 1 < side && isLight(x, y + 1))] ?? ' ';
    lines.push(line);
  }
  return lines;
}

/** Upper half times two plus lower half. */
const HALVES = [' ', '▄', '▀', '█'];
