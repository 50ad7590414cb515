import { sweepId } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { aSweep, fresh, type OpenedStore } from './fixtures.ts';

export function sweepContract(opened: OpenedStore): void {
  const events = (...kinds: string[]) => kinds.map((kind, i) => ({ kind, body: { kind, i }, at: i }));

  describe('sweeps', () => {
    it('are numbered without gaps, also when several are opened at once', async () => {
      const open = () =>
        opened().sweeps.insert({
          id: (number) => sweepId(`${fresh('sweep')}-${number}`),
          definition: { n: 1 },
          state: 'new',
          createdAt: 7,
        });
      const rows = await Promise.all([open(), open(), open()]);
      const numbers = rows.map(({ number }) => number).sort((a, b) => a - b);
      const [first = 0] = numbers;
      expect(numbers).toEqual([first, first + 1, first + 2]);
      for (const row of rows) {
        expect(row.id).toMatch(new RegExp(`-${row.number}$`));
        expect(await opened().sweeps.get(row.id)).toEqual(row);
      }
    });

    it('move from state to state', async () => {
      const id = await aSweep(opened());
      const ended = await opened().sweeps.update(id, { state: 'done', endedAt: 9 });
      expect(ended).toMatchObject({ state: 'done', endedAt: 9 });
      expect(await opened().sweeps.list({ states: ['done'] })).toContainEqual(ended);
      expect(await opened().sweeps.update(id, { state: 'running', endedAt: undefined })).toMatchObject({
        state: 'running',
        endedAt: undefined,
      });
      expect(await opened().sweeps.list({ states: ['done'] })).not.toContainEqual(ended);
      await expect(opened().sweeps.update(sweepId('none'), { state: 'done' })).rejects.toMatchObject({ code: 'not-found' });
    });
  });

  describe('events of a sweep', () => {
    it('are read back in order, from any number on', async () => {
      const id = await aSweep(opened());
      expect(await opened().sweeps.append(id, 0, events('opened', 'asked'))).toBe(2);
      expect(await opened().sweeps.append(id, 2, events('told'))).toBe(3);
      expect(await opened().sweeps.append(id, 3, [])).toBe(3);
      expect((await opened().sweeps.read(id, 0)).map(({ seq, kind }) => [seq, kind])).toEqual([
        [1, 'opened'],
        [2, 'asked'],
        [3, 'told'],
      ]);
      expect(await opened().sweeps.read(id, 2)).toEqual([{ sweepId: id, seq: 3, kind: 'told', body: { kind: 'told', i: 0 }, at: 0 }]);
      expect(await opened().sweeps.read(id, 0, 1)).toHaveLength(1);
      expect(await opened().sweeps.lastSeq(id)).toBe(3);
    });

    it('go to exactly one of several writers that know the same last event', async () => {
      const id = await aSweep(opened());
      const writers = await Promise.allSettled(['a', 'b', 'c', 'd'].map((kind) => opened().sweeps.append(id, 0, events(kind, kind))));
      expect(writers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const writer of writers) if (writer.status === 'rejected') expect(writer.reason).toMatchObject({ code: 'conflict' });
      expect(await opened().sweeps.lastSeq(id)).toBe(2);
    });

    it('are refused when they would leave a gap, or belong to no sweep', async () => {
      const id = await aSweep(opened());
      await expect(opened().sweeps.append(id, 5, events('late'))).rejects.toMatchObject({
        code: 'conflict',
        details: { expectedSeq: 5, last: 0 },
      });
      await expect(opened().sweeps.append(sweepId('none'), 0, events('x'))).rejects.toMatchObject({ code: 'not-found' });
    });

    it('may be thousands at a time', async () => {
      const id = await aSweep(opened());
      expect(await opened().sweeps.append(id, 0, events(...Array<string>(2500).fill('asked')))).toBe(2500);
      const all = await opened().sweeps.read(id, 0);
      expect(all.every(({ seq, body }, i) => seq === i + 1 && JSON.stringify(body).includes(`"i":${i}`))).toBe(true);
    });
  });
}
