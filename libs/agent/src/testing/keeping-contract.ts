import { attemptId } from '@fleetfit/core';
import { Phase } from '@fleetfit/protocol';
import { describe, expect, it } from 'vitest';
import type { JournalPort, OutboxPort } from '../ports.ts';

/** What every journal must do. `open` opens the same journal anew, as the next agent would. */
export function journalContract(name: string, makeJournal: () => Promise<{ open(): Promise<JournalPort>; drop(): Promise<void> }>): void {
  describe(`${name}, by the journal contract`, () => {
    it('is empty at first, keeps the last entry for the next agent, and forgets when told', async () => {
      const { open, drop } = await makeJournal();
      const journal = await open();
      expect(await journal.read()).toBeUndefined();
      const entry = { attemptId: 'a1', jobId: 'j1', fence: 3, phase: Phase.PHASE_FETCH };
      await journal.write(entry);
      await journal.write({ ...entry, phase: Phase.PHASE_TIME });
      expect(await (await open()).read()).toEqual({ ...entry, phase: Phase.PHASE_TIME });
      await journal.clear();
      await journal.clear();
      expect(await (await open()).read()).toBeUndefined();
      await drop();
    });
  });
}

/** What every outbox must do. */
export function outboxContract(name: string, makeOutbox: () => Promise<{ open(): Promise<OutboxPort>; drop(): Promise<void> }>): void {
  describe(`${name}, by the outbox contract`, () => {
    const [first, second] = [attemptId('first'), attemptId('second')];

    it('keeps reports for the next agent, byte by byte, the oldest first', async () => {
      const { open, drop } = await makeOutbox();
      const outbox = await open();
      const report = Uint8Array.from({ length: 300 }, (_, i) => i);
      await outbox.put(second, report);
      await new Promise((resolve) => setTimeout(resolve, 5));
      await outbox.put(first, Uint8Array.of(1));
      const next = await open();
      expect(await next.list()).toEqual([second, first]);
      expect([...((await next.get(second)) ?? [])]).toEqual([...report]);
      await drop();
    });

    it('replaces a report of the same attempt, and removes for good', async () => {
      const { open, drop } = await makeOutbox();
      const outbox = await open();
      await outbox.put(first, Uint8Array.of(1));
      await outbox.put(first, Uint8Array.of(2));
      expect(await outbox.list()).toEqual([first]);
      expect([...((await outbox.get(first)) ?? [])]).toEqual([2]);
      await outbox.remove(first);
      await outbox.remove(first);
      expect(await outbox.get(first)).toBeUndefined();
      expect(await (await open()).list()).toEqual([]);
      await drop();
    });
  });
}
