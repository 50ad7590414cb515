import { modelId } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { fresh, type OpenedStore } from './fixtures.ts';

export function documentContract(opened: OpenedStore): void {
  describe('documents', () => {
    const model = (document: unknown) => ({ id: modelId(fresh('m')), name: 'MobileNet', createdAt: 12.5, document });

    it.each([{ a: [1, { b: null }], ü: '✓' }, [], 'text', '1', '{"a":1}', 0, true, null])(
      'come back as they went in: %j',
      async (document) => {
        const row = model(document);
        await opened().models.insert(row);
        expect(await opened().models.get(row.id)).toEqual(row);
      },
    );

    it.each([
      ['a NaN', { accuracy: Number.NaN }, '"accuracy" is NaN'],
      ['bytes', { body: new Uint8Array(2) }, '"body" is a Uint8Array'],
      ['a map', { levels: new Map() }, '"levels" is a Map'],
    ])('are refused with %s, which JSON would change without a word', async (_, document, why) => {
      await expect(opened().models.insert(model(document))).rejects.toMatchObject({
        code: 'invalid',
        message: expect.stringContaining(why),
      });
    });

    it('keep to one row per id', async () => {
      const row = model({ size: 1 });
      await opened().models.insert(row);
      await expect(opened().models.insert(row)).rejects.toMatchObject({
        code: 'conflict',
        message: expect.stringContaining(`Cannot insert the model ${row.id}`),
      });
      await opened().models.put({ ...row, name: 'renamed', createdAt: 99, document: { size: 2 } });
      expect(await opened().models.get(row.id)).toEqual({ ...row, name: 'renamed', document: { size: 2 } });
    });

    it('are listed in the order they came, and can be removed', async () => {
      const rows = [model(1), model(2), model(3)];
      for (const row of [...rows].reverse()) await opened().models.insert(row);
      const ids = (await opened().models.list()).map(({ id }) => id);
      expect(ids.slice(-3)).toEqual(rows.map(({ id }) => id).reverse());
      const [first] = rows;
      expect(first && (await opened().models.remove(first.id))).toBe(true);
      expect(first && (await opened().models.remove(first.id))).toBe(false);
      expect(first && (await opened().models.get(first.id))).toBeUndefined();
    });
  });

  describe('settings', () => {
    it('are put, read, and removed by name', async () => {
      const name = fresh('key/a_');
      expect(await opened().settings.get(name)).toBeUndefined();
      await opened().settings.put(name, { seed: 'x' });
      await opened().settings.put(name, { seed: 'y' });
      expect(await opened().settings.get(name)).toEqual({ seed: 'y' });
      expect(await opened().settings.names('key/a_')).toEqual([name]);
      expect(await opened().settings.names('key_a_')).toEqual([]);
      expect(await opened().settings.remove(name)).toBe(true);
      expect(await opened().settings.remove(name)).toBe(false);
    });

    it('agree on one value when two want to be first', async () => {
      const name = fresh('first');
      const answers = await Promise.all(['a', 'b', 'c'].map((value) => opened().settings.putIfAbsent(name, value)));
      expect(new Set(answers).size).toBe(1);
      expect(await opened().settings.get(name)).toBe(answers[0]);
    });
  });
}
