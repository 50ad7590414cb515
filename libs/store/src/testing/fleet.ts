import { deviceClassId, deviceId } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import type { JoinTokenRow } from '../index.ts';
import { device, fresh, type OpenedStore } from './fixtures.ts';

export function fleetContract(opened: OpenedStore): void {
  describe('devices', () => {
    it('come back as they went in, by id and by public key', async () => {
      const row = device({ classId: undefined, state: 'pending' });
      await opened().devices.insert(row);
      expect(await opened().devices.get(row.id)).toEqual(row);
      expect(await opened().devices.byPublicKey(row.publicKey)).toEqual(row);
      expect(await opened().devices.get(deviceId('nobody'))).toBeUndefined();
    });

    it('have one key each', async () => {
      const row = device();
      await opened().devices.insert(row);
      await expect(opened().devices.insert(device({ publicKey: row.publicKey }))).rejects.toMatchObject({ code: 'conflict' });
    });

    it('change only what is named', async () => {
      const row = device({ state: 'pending' });
      await opened().devices.insert(row);
      const active = await opened().devices.update(row.id, { state: 'active', facts: { cpu: 'other' } });
      expect(active).toEqual({ ...row, state: 'active', facts: { cpu: 'other' } });
      expect(await opened().devices.update(row.id, { classId: undefined })).toEqual({ ...active, classId: undefined });
      const tagged = await opened().devices.update(row.id, { tags: ['north', 'roof'], paused: true });
      expect(tagged).toEqual({ ...active, classId: undefined, tags: ['north', 'roof'], paused: true });
      await expect(opened().devices.update(deviceId('nobody'), {})).rejects.toMatchObject({ code: 'not-found' });
    });

    it('are never seen earlier than before', async () => {
      const row = device();
      await opened().devices.insert(row);
      for (const at of [50, 70, 60]) await opened().devices.seen(row.id, at);
      expect((await opened().devices.get(row.id))?.lastSeenAt).toBe(70);
    });

    it('are listed by state and class', async () => {
      const classId = deviceClassId(fresh('class'));
      const rows = [device({ classId }), device({ classId, state: 'revoked' }), device({ classId })];
      for (const row of rows) await opened().devices.insert(row);
      expect(await opened().devices.list({ classId })).toEqual(rows);
      expect(await opened().devices.list({ classId, state: 'revoked' })).toEqual([rows[1]]);
    });
  });

  describe('device classes', () => {
    it('keep the place of their first appearance, without gaps', async () => {
      const before = (await opened().deviceClasses.list()).length;
      const ids = [fresh('k'), fresh('k'), fresh('k')].map(deviceClassId);
      const [a, b, c] = await Promise.all(ids.map((id) => opened().deviceClasses.record(id, { id })));
      expect(new Set([a?.position, b?.position, c?.position])).toEqual(new Set([before, before + 1, before + 2]));
      const again = a && (await opened().deviceClasses.record(a.id, { changed: true }));
      expect(again).toEqual({ ...a, document: { changed: true } });
      expect(again && (await opened().deviceClasses.get(again.id))).toEqual(again);
      expect((await opened().deviceClasses.list()).map(({ position }) => position)).toEqual([...Array(before + 3).keys()]);
    });
  });

  describe('join tokens', () => {
    const token = (change: Partial<JoinTokenRow> = {}): JoinTokenRow => {
      const row = { hash: fresh('hash'), expiresAt: 1000, usesLeft: 1, autoApprove: true, tags: ['roof', 'north'], createdAt: 1 };
      return { ...row, ...change };
    };

    it('let exactly one of many devices in', async () => {
      const row = token();
      await opened().joinTokens.insert(row);
      const answers = await Promise.all(Array.from({ length: 8 }, () => opened().joinTokens.consume(row.hash, 500)));
      expect(answers.filter(Boolean)).toEqual([{ ...row, usesLeft: 0 }]);
    });

    it('are used by their code as by themselves', async () => {
      const row = token({ usesLeft: 2, codeHash: fresh('code') });
      await opened().joinTokens.insert(row);
      expect(await opened().joinTokens.consume(row.codeHash ?? '', 500)).toEqual({ ...row, usesLeft: 1 });
      expect(await opened().joinTokens.consume(row.hash, 500)).toEqual({ ...row, usesLeft: 0 });
      expect(await opened().joinTokens.consume(row.codeHash ?? '', 500)).toBeUndefined();
    });

    it('are of no use once they are used up, expired or removed', async () => {
      const twice = token({ usesLeft: 2 });
      const late = token({ expiresAt: 500 });
      const gone = token();
      for (const row of [twice, late, gone]) await opened().joinTokens.insert(row);
      expect(await opened().joinTokens.list(499)).toEqual(expect.arrayContaining([twice, late, gone]));
      expect(await opened().joinTokens.remove(gone.hash)).toBe(true);
      const uses = [twice, twice, twice, late, gone, token()].map(({ hash }) => hash);
      const left: (number | undefined)[] = [];
      for (const hash of uses) left.push((await opened().joinTokens.consume(hash, 500))?.usesLeft);
      expect(left).toEqual([1, 0, undefined, undefined, undefined, undefined]);
      expect(await opened().joinTokens.prune(500)).toBeGreaterThanOrEqual(2);
      expect(await opened().joinTokens.list(0)).toEqual([]);
    });
  });
}
