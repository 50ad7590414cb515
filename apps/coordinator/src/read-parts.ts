import { FleetError } from '@fleetfit/core';

/** A first line, then bytes in portions whose lengths that line said. */
export interface PartsReader {
  /** The first line, without its end. Ask for it first. */
  line(): Promise<string>;
  /** The next so many bytes, in pieces as they arrive. @throws FleetError `unavailable` where the stream ends before */
  take(bytes: number): AsyncIterable<Uint8Array>;
}

const LONGEST_LINE = 8 * 1024 * 1024;
const NEW_LINE = 10;

/** Reads a stream of bytes piece by piece; nothing but the first line is held in memory. */
export function readParts(body: AsyncIterable<Uint8Array>): PartsReader {
  const pieces = body[Symbol.asyncIterator]();
  let held: Uint8Array = new Uint8Array(0);
  const more = async (): Promise<boolean> => {
    const next = await pieces.next();
    if (next.done === true) return false;
    held = next.value;
    return true;
  };
  return {
    async line() {
      const before: Uint8Array[] = [];
      for (let length = 0; length < LONGEST_LINE; length += held.length) {
        if (!(await more())) break;
        const end = held.indexOf(NEW_LINE);
        before.push(end < 0 ? held : held.subarray(0, end));
        if (end < 0) continue;
        held = held.subarray(end + 1);
        return Buffer.concat(before).toString('utf8');
      }
      throw new FleetError('invalid', 'Cannot read what was sent: it has no first line');
    },
    async *take(bytes) {
      for (let left = bytes; left > 0; ) {
        if (held.length === 0 && !(await more()))
          throw new FleetError('unavailable', `Cannot read what was sent: ${left} bytes are missing at its end`);
        const piece = held.subarray(0, left);
        held = held.subarray(piece.length);
        left -= piece.length;
        if (piece.length > 0) yield piece;
      }
    },
  };
}
