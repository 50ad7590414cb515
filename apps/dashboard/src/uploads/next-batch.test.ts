import { describe, expect, it } from 'vitest';
import { bytesBefore, nextBatch, START } from './next-batch.ts';

const MB = 1024 * 1024;

describe('parts of an upload', () => {
  it('cover every byte of every file once, empty files too, in few requests', () => {
    const files = [
      { path: 'a', bytes: 9 * MB },
      { path: 'empty', bytes: 0 },
      ...Array.from({ length: 2_000 }, (_, i) => ({ path: `s${i}`, bytes: 100 })),
    ];
    const sent = new Map<string, number>();
    let requests = 0;
    for (let at = START; ; requests++) {
      const { parts, next } = nextBatch(files, at);
      if (parts.length === 0) break;
      for (const { path, offset, bytes } of parts) {
        expect(offset).toBe(sent.get(path) ?? 0);
        sent.set(path, offset + bytes);
      }
      at = next;
    }
    expect(files.every(({ path, bytes }) => sent.get(path) === bytes)).toBe(true);
    expect(requests).toBeLessThan(8);
  });

  it('go on from where they stopped', () => {
    const files = [
      { path: 'a', bytes: 10 },
      { path: 'b', bytes: 10 },
    ];
    expect(nextBatch(files, { file: 0, offset: 4 }).parts[0]).toMatchObject({ path: 'a', offset: 4, bytes: 6 });
    expect(bytesBefore(files, { file: 1, offset: 3 })).toBe(13);
  });
});
