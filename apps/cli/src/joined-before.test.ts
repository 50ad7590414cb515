import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { joinedBefore } from './joined-before.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleetfit-joined-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a device of this computer', () => {
  it('needs a link the first time', async () => {
    expect(await joinedBefore(folder, '127.0.0.1:7441')).toBe(false);
  });

  it('needs none the second time, and follows its coordinator to another port', async () => {
    const file = join(folder, 'device.json');
    await writeFile(file, JSON.stringify({ id: 'd1', address: '127.0.0.1:7441' }));
    expect(await joinedBefore(folder, '127.0.0.1:7701')).toBe(true);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ id: 'd1', address: '127.0.0.1:7701' });
  });
});
