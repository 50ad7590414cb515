import { modelId } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { aSweep, fresh, leased, type OpenedStore, report } from './fixtures.ts';

export function transactionContract(opened: OpenedStore): void {
  const model = () => ({ id: modelId(fresh('m')), name: 'x', createdAt: 1, document: {} });

  describe('transactions', () => {
    it('keep everything', async () => {
      const { sweep, on, attempt } = await leased(opened());
      const last = await opened().transaction(async (tables) => {
        await tables.jobs.acceptReport(report(attempt, on));
        return tables.sweeps.append(sweep, 0, [{ kind: 'reported', body: { attempt }, at: 1 }]);
      });
      expect(last).toBe(1);
      expect(await opened().jobs.getReport(attempt)).toBeDefined();
      expect(await opened().sweeps.lastSeq(sweep)).toBe(1);
    });

    it('keep nothing when they throw', async () => {
      const { sweep, on, attempt, jobId } = await leased(opened());
      const failing = opened().transaction(async (tables) => {
        await tables.jobs.acceptReport(report(attempt, on));
        await tables.sweeps.append(sweep, 7, [{ kind: 'reported', body: {}, at: 1 }]);
      });
      await expect(failing).rejects.toMatchObject({ code: 'conflict' });
      expect(await opened().jobs.getReport(attempt)).toBeUndefined();
      expect(await opened().jobs.get(jobId)).toMatchObject({ state: 'leased' });
    });

    it('say so when a failed statement in them was passed over', async () => {
      const [one, other] = [model(), model()];
      await opened().models.insert(one);
      const careless = opened().transaction(async (tables) => {
        await tables.models.insert(other);
        await tables.models.insert(one).catch(() => {});
      });
      await expect(careless).rejects.toMatchObject({ code: 'bug', message: expect.stringContaining('nothing was kept') });
      expect(await opened().models.get(other.id)).toBeUndefined();
    });

    it('refuse calls past them, which could wait for ever', async () => {
      const past = opened().transaction(async () => opened().models.list());
      await expect(past).rejects.toMatchObject({ code: 'bug', message: expect.stringContaining('Cannot list the models') });
      await expect(opened().transaction(() => aSweep(opened()))).rejects.toMatchObject({ code: 'bug' });
    });

    it('leave nothing behind that could be used later', async () => {
      const tables = await opened().transaction(async (inside) => inside);
      await expect(tables.models.list()).rejects.toMatchObject({ code: 'bug', message: expect.stringContaining('is over') });
      expect(await opened().models.list()).toBeDefined();
    });

    it('run side by side without mixing', async () => {
      const rows = Array.from({ length: 12 }, model);
      const writes = rows.map((row, i) =>
        opened().transaction(async (tables) => {
          await tables.models.insert(row);
          if (i % 2) throw new Error('no');
        }),
      );
      await Promise.allSettled(writes);
      const kept = await Promise.all(rows.map(({ id }) => opened().models.get(id)));
      expect(kept.map((row) => row !== undefined)).toEqual(rows.map((_, i) => i % 2 === 0));
    });
  });
}
