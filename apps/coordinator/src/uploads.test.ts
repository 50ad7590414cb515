import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openUploads, type Uploads } from './uploads.ts';

let folder: string;
let uploads: Uploads;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetfit-uploads-'));
  uploads = await openUploads(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Sent {
  readonly path: string;
  readonly offset?: number;
  readonly bytes: Uint8Array;
  readonly total?: number;
}

/** As a browser sends it, in pieces of `piece` bytes. */
async function* body(parts: readonly Sent[], piece = 7): AsyncGenerator<Uint8Array> {
  const line = parts.map(({ path, offset = 0, bytes, total }) => ({ path, offset, bytes: bytes.length, total: total ?? bytes.length }));
  const all = Buffer.concat([Buffer.from(`${JSON.stringify(line)}\n`), ...parts.map(({ bytes }) => bytes)]);
  for (let at = 0; at < all.length; at += piece) yield all.subarray(at, at + piece);
}
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('uploads', () => {
  it('take several files in one request, and name each by its hash', async () => {
    const id = randomUUID();
    const { whole } = await uploads.receive(
      id,
      body([
        { path: 'drinks/cup/1.png', bytes: bytes('one') },
        { path: 'drinks/mug/2.png', bytes: bytes('second') },
      ]),
    );
    expect(whole.map((each) => each.sha256)).toEqual([sha('one'), sha('second')]);
    const { path, name } = await uploads.claim(id);
    expect([name, (await readdir(path)).sort()]).toEqual(['drinks', ['cup', 'mug']]);
  });

  it('go on in the middle of a file, also in another process, and take a part twice', async () => {
    const id = randomUUID();
    await uploads.receive(id, body([{ path: 'net.onnx', bytes: bytes('abcd'), total: 10 }]));
    await expect(uploads.claim(id)).rejects.toThrow('"net.onnx" has not come whole');
    const later = await openUploads(folder);
    expect(await later.received(id, 'net.onnx')).toBe(4);
    await later.receive(id, body([{ path: 'net.onnx', offset: 2, bytes: bytes('cdef'), total: 10 }]));
    const { whole } = await later.receive(id, body([{ path: 'net.onnx', offset: 6, bytes: bytes('ghij'), total: 10 }]));
    expect(whole).toEqual([{ path: 'net.onnx', sha256: sha('abcdefghij') }]);
    expect(await readFile((await later.claim(id)).path, 'utf8')).toBe('abcdefghij');
  });

  it('say how much has come to one who leaves a gap', async () => {
    const id = randomUUID();
    await uploads.receive(id, body([{ path: 'a.zip', bytes: bytes('abc'), total: 9 }]));
    const gap = uploads.receive(id, body([{ path: 'a.zip', offset: 6, bytes: bytes('xyz'), total: 9 }]));
    await expect(gap).rejects.toMatchObject({ code: 'conflict', details: { received: 3 } });
  });

  it('keep what came of a part that was cut off', async () => {
    const id = randomUUID();
    async function* cut(): AsyncGenerator<Uint8Array> {
      let pieces = 0;
      for await (const piece of body([{ path: 'a.zip', bytes: bytes('abcdefghijklmnopqrstuvwxyz') }], 30)) if (pieces++ < 2) yield piece;
    }
    await expect(uploads.receive(id, cut())).rejects.toMatchObject({ code: 'unavailable' });
    expect(await uploads.received(id, 'a.zip')).toBeGreaterThan(0);
    await expect(uploads.claim(id)).rejects.toThrow('has not come whole');
  });

  it.each(['../net.onnx', '/etc/passwd', 'a/../../b', 'a\\..\\b', 'a//b', '.'])('refuse the path %s', async (path) => {
    await expect(uploads.receive(randomUUID(), body([{ path, bytes: bytes('x') }]))).rejects.toThrow('no path inside an upload');
  });

  it('refuse a name that is none of an upload', async () => {
    await expect(uploads.receive('../elsewhere', body([{ path: 'a', bytes: bytes('x') }]))).rejects.toThrow('no name of one');
  });

  it('are gone once cancelled, or imported', async () => {
    const [one, two] = [randomUUID(), randomUUID()];
    for (const id of [one, two]) await uploads.receive(id, body([{ path: 'a.zip', bytes: bytes('x') }]));
    await uploads.cancel(one);
    await uploads.forget((await uploads.claim(two)).path);
    const left = await readdir(folder);
    expect([left.includes(one), left.includes(two)]).toEqual([false, false]);
    await uploads.forget('/etc');
    await expect(uploads.claim(one)).rejects.toThrow('nothing of it is here');
  });
});
