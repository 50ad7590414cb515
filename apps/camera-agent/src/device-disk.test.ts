import { createPublicKey, verify } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { journalContract, outboxContract } from '@fleetfit/agent/testing';
import { deviceId } from '@fleetfit/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blobFolder } from './blob-folder.ts';
import { openDeviceHome } from './device-home.ts';
import { journalFile } from './journal-file.ts';
import { openOutboxFolder } from './outbox-folder.ts';

const newFolder = () => mkdtemp(join(tmpdir(), 'fleetfit-disk-'));
const removed = (folder: string) => rm(folder, { recursive: true, force: true });

journalContract('the journal of a camera', async () => {
  const folder = await newFolder();
  return { open: async () => journalFile(join(folder, 'attempt.json')), drop: () => removed(folder) };
});
outboxContract('the outbox of a camera', async () => {
  const folder = await newFolder();
  return { open: () => openOutboxFolder(join(folder, 'outbox')), drop: () => removed(folder) };
});

let folder: string;
beforeEach(async () => {
  folder = await newFolder();
});
afterEach(() => removed(folder));

describe('the disk of a camera', () => {
  it('drops what a killed writer left, and takes nothing else for a report', async () => {
    const path = join(folder, 'outbox');
    await openOutboxFolder(path);
    await writeFile(join(path, 'a1.report.0f.part'), 'half');
    await writeFile(join(path, 'notes.txt'), 'not ours');
    expect(await (await openOutboxFolder(path)).list()).toEqual([]);
    expect(await readdir(path)).toEqual(['notes.txt']);
  });

  it('says so when the journal is damaged', async () => {
    const path = join(folder, 'attempt.json');
    for (const text of ['{"attemptId":', '{"attemptId":"a1"}', 'null']) {
      await writeFile(path, text);
      await expect(journalFile(path).read()).rejects.toMatchObject({ code: 'corrupt', next: `remove ${path}` });
    }
  });

  it('keeps one key for ever, which only its owner can read', async () => {
    const first = await openDeviceHome(folder);
    const again = await openDeviceHome(folder);
    expect(again.key.spki).toEqual(first.key.spki);
    const key = createPublicKey({ key: Buffer.from(first.key.spki), type: 'spki', format: 'der' });
    const statement = Uint8Array.of(1, 2, 3);
    expect(verify(null, statement, key, again.key.sign(statement))).toBe(true);
    expect((await stat(join(folder, 'device-key.pem'))).mode & 0o777).toBe(0o600);
  });

  it('keeps who the device is', async () => {
    const home = await openDeviceHome(folder);
    expect(home.device).toBeUndefined();
    const device = { id: deviceId('camera-1'), address: '127.0.0.1:1', joinedBy: 'hash', name: 'door', threads: 2 };
    await home.keep(device);
    expect((await openDeviceHome(folder)).device).toEqual(device);
    await writeFile(join(folder, 'device.json'), 'x');
    await expect(openDeviceHome(folder)).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('reads no blob whose bytes are not what its name says, nor any other file', async () => {
    const blobs = blobFolder(folder);
    const name = '2'.repeat(64);
    await writeFile(join(folder, name), 'flipped');
    await expect(blobs.read(name)).rejects.toMatchObject({ code: 'corrupt' });
    await expect(blobs.read('3'.repeat(64))).rejects.toMatchObject({ code: 'not-found' });
    await expect(blobs.readPart(name, 0, 100)).rejects.toMatchObject({ code: 'corrupt' });
    expect(new TextDecoder().decode(await blobs.readPart(name, 2, 4))).toBe('ip');
    await expect(blobs.read('../device-key.pem')).rejects.toMatchObject({ code: 'invalid' });
  });
});
