import { workId } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { fresh, type OpenedStore } from './fixtures.ts';

export function workContract(opened: OpenedStore): void {
  const item = (kind = 'compress') => ({ id: workId(fresh('w')), kind, input: { recipe: 'original' }, createdAt: 1 });

  describe('work items', () => {
    it('are inserted once, run, and end once', async () => {
      const one = item();
      expect(await opened().work.insert(one)).toBe(true);
      expect(await opened().work.insert({ ...one, kind: 'train' })).toBe(false);
      expect(await opened().work.get(one.id)).toEqual({
        ...one,
        state: 'ready',
        epoch: 1,
        progress: 0,
        output: undefined,
        error: undefined,
        worker: undefined,
        startedAt: undefined,
        endedAt: undefined,
      });
      expect(await opened().work.start(one.id, 1, { worker: 'p1', at: 5 })).toBe(true);
      expect(await opened().work.progress(one.id, 1, 0.5)).toBe(true);
      expect(await opened().work.get(one.id)).toMatchObject({ state: 'running', worker: 'p1', startedAt: 5, progress: 0.5 });
      const done = await opened().work.finish(one.id, { state: 'done', output: { size: 3 }, endedAt: 9 });
      expect(done).toMatchObject({ state: 'done', output: { size: 3 }, progress: 1, endedAt: 9 });
      expect(await opened().work.finish(one.id, { state: 'failed', error: {}, endedAt: 10 })).toBeUndefined();
      expect(await opened().work.get(one.id)).toEqual(done);
    });

    it('that are queued again leave the old worker behind, but not its result', async () => {
      const one = item();
      await opened().work.insert(one);
      await opened().work.start(one.id, 1, { worker: 'p1', at: 5 });
      expect(await opened().work.requeue(one.id)).toMatchObject({ state: 'ready', epoch: 2, progress: 0, startedAt: undefined });
      expect(await opened().work.start(one.id, 1, { worker: 'p1', at: 6 })).toBe(false);
      expect(await opened().work.progress(one.id, 1, 0.9)).toBe(false);
      expect(await opened().work.start(one.id, 2, { worker: 'p2', at: 6 })).toBe(true);
      expect(await opened().work.finish(one.id, { state: 'done', output: 1, endedAt: 7 })).toMatchObject({ state: 'done', epoch: 2 });
      expect(await opened().work.requeue(one.id)).toBeUndefined();
      expect(await opened().work.start(one.id, 2, { worker: 'p2', at: 8 })).toBe(false);
    });

    it('may fail or be cancelled', async () => {
      const [failed, cancelled] = [item(), item()];
      for (const one of [failed, cancelled]) await opened().work.insert(one);
      expect(await opened().work.finish(failed.id, { state: 'failed', error: { message: 'no' }, endedAt: 2 })).toMatchObject({
        error: { message: 'no' },
      });
      expect(await opened().work.finish(cancelled.id, { state: 'cancelled', endedAt: 2 })).toMatchObject({ state: 'cancelled' });
    });

    it('are listed by state and kind, oldest first', async () => {
      const kind = fresh('kind');
      const all = [item(kind), item(kind), item(kind)];
      for (const one of all) await opened().work.insert(one);
      const [first] = all;
      if (first) await opened().work.finish(first.id, { state: 'cancelled', endedAt: 2 });
      const open = await opened().work.list({ kind, states: ['ready', 'running'] });
      expect(open.map(({ id }) => id)).toEqual(all.slice(1).map(({ id }) => id));
      expect(await opened().work.list({ kind })).toHaveLength(3);
    });
  });
}
