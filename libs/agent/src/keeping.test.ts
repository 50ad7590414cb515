import { journalContract, memoryJournal, memoryOutbox, outboxContract } from './testing/index.ts';

// The doubles of the other tests keep to what real disks do.
journalContract('a journal in memory', async () => {
  const journal = memoryJournal();
  return { open: async () => journal, drop: async () => {} };
});
outboxContract('an outbox in memory', async () => {
  const outbox = memoryOutbox();
  return { open: async () => outbox, drop: async () => {} };
});
