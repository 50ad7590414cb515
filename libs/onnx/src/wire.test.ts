import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LENGTH, readBytes, readInt64, readMessage, readText, readUint, VARINT, WireError } from './wire-reader.ts';
import { addBytes, addInt, addMessage, addText, bytesOf, newMessage } from './wire-writer.ts';

describe('the wire format', () => {
  it('gives back every 64-bit integer, as a number where that is exact', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const message = newMessage();
        addInt(message, 3, value);
        let read: number | bigint | undefined;
        readMessage(bytesOf(message), (_field, _type, reader) => {
          read = readInt64(reader);
          return true;
        });
        const isExact = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
        expect(read).toBe(isExact ? Number(value) : value);
      }),
    );
  });

  it('writes numbers as the specification shows them', () => {
    const message = newMessage();
    addInt(message, 1, 150);
    addText(message, 2, 'testing');
    addInt(message, 3, -1);
    expect(Buffer.from(bytesOf(message)).toString('hex')).toBe('089601120774657374696e6718ffffffffffffffffff01');
  });

  it('counts sizes right at every length of a varint, so that the one allocation fits', () => {
    for (const size of [0, 1, 127, 128, 16383, 16384, 2097151, 2097152]) {
      const inner = newMessage();
      addBytes(inner, 1, new Uint8Array(size).fill(7));
      const outer = newMessage();
      addMessage(outer, 2, inner);
      const bytes = bytesOf(outer);
      let found: number | undefined;
      readMessage(bytes, (_field, _type, reader) => {
        readMessage(readBytes(reader), (_inner, _innerType, deep) => {
          found = readBytes(deep).length;
          return true;
        });
        return true;
      });
      expect(found).toBe(size);
      expect(bytes.length).toBe(outer.size);
    }
  });

  it('returns unknown fields as they are, in their order', () => {
    const message = newMessage();
    addText(message, 200, 'first');
    addInt(message, 1, 5);
    addInt(message, 201, 2n ** 63n);
    addText(message, 202, 'last');
    const bytes = bytesOf(message);
    const unknown = readMessage(bytes, (field, type, reader) => field === 1 && type === VARINT && readUint(reader) === 5);
    const known = newMessage();
    addInt(known, 1, 5);
    expect(unknown.length).toBe(bytes.length - known.size);
    const texts: string[] = [];
    readMessage(unknown, (_field, type, reader) => type === LENGTH && texts.push(readText(reader)) > 0);
    expect(texts).toEqual(['first', 'last']);
  });

  it('refuses bytes that are no wire format, and never loops or reads beyond the end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          readMessage(bytes, () => false);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(WireError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
