import { crc32, deflateSync } from 'node:zlib';

type Point = readonly [x: number, y: number];

// The mark in a square of 32 units: a stair that ends in a point.
const STAIR: readonly Point[] = [
  [7, 23],
  [7, 18],
  [12, 18],
  [12, 13],
  [17, 13],
  [17, 9],
];
const DOT: Point = [22.5, 18.5];
const HALF_STROKE = 1.3;
const DOT_RADIUS = 2.6;
const INK = [0x15, 0x18, 0x1c] as const;
const PAPER = [0xff, 0xff, 0xff] as const;

/** The product's mark as a PNG of so many pixels a side. @param margin share of the side around the mark @param radius of the corners, share of the side */
export function drawIcon(size: number, { margin, radius }: { readonly margin: number; readonly radius: number }): Buffer {
  const rows = Buffer.alloc(size * (1 + 4 * size));
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const { mark, ground } = coverage([x, y], size, { margin, radius });
      const at = y * (1 + 4 * size) + 1 + 4 * x;
      for (const [channel, ink] of INK.entries()) rows[at + channel] = Math.round(ink + (PAPER[channel] ?? 255 - ink) * mark - ink * mark);
      rows[at + 3] = Math.round(255 * ground);
    }
  return png(size, rows);
}

/** How much of a pixel the mark and the ground cover, 0..1: by how far its middle lies inside of their edges. */
function coverage([px, py]: Point, size: number, { margin, radius }: { readonly margin: number; readonly radius: number }) {
  const x = (px + 0.5) / size;
  const y = (py + 0.5) / size;
  const scale = (1 - 2 * margin) / 32;
  const within: Point = [16 + (x - 0.5) / scale, 16 + (y - 0.5) / scale];
  return { mark: covered(outsideMark(within) * scale * size), ground: covered(outsideRoundSquare([x, y], radius) * size) };
}

/** Of a pixel whose middle lies so many pixels outside of an edge. */
function covered(outside: number): number {
  return Math.max(0, Math.min(1, 0.5 - outside));
}

function outsideRoundSquare([x, y]: Point, radius: number): number {
  if (radius === 0) return -1;
  return Math.hypot(Math.max(radius - x, x - (1 - radius), 0), Math.max(radius - y, y - (1 - radius), 0)) - radius;
}

function outsideMark(point: Point): number {
  const stair = STAIR.map((corner, index) => distance(point, STAIR[index - 1] ?? corner, corner) - HALF_STROKE);
  return Math.min(distance(point, DOT, DOT) - DOT_RADIUS, ...stair);
}

/** From a point to a line between two others. */
function distance([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const length = (bx - ax) ** 2 + (by - ay) ** 2;
  const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length));
  return Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay));
}

// https://www.w3.org/TR/png-3/: signature, header, one block of data, end.
function png(size: number, rows: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8); // eight bits, colour with alpha
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(rows, { level: 9 })), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
