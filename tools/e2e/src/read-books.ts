import { sweepId } from '@fleetfit/core';
import type { Store } from '@fleetfit/store';

/**
 * Compares the ledger with the events of the sweep: every job one accepted report, every share one event.
 * @param replicates a device that was out of reach may report so late that its job was done again: that is kept, and not counted
 */
export async function readBooks(store: Store, sweep: string, { replicates = false } = {}) {
  const id = sweepId(sweep);
  const jobs = await store.jobs.list({ sweepId: id });
  const wrong: string[] = [];
  for (const job of jobs) {
    const accepted = (await store.jobs.reportsOf(job.id)).filter((each) => each.verdict === 'accepted');
    const valid = (await store.jobs.attemptsOf(job.id)).filter((each) => each.state === 'done');
    if (job.state !== 'done' || accepted.length < 1 || valid.length < 1 || (valid.length > 1 && !replicates))
      wrong.push(`${job.id} is ${job.state} with ${valid.length} valid attempts and ${accepted.length} accepted reports`);
  }
  const events = (await store.sweeps.read(id, 0)).filter((each) => each.kind === 'measured');
  const measured = events.map((each) => (each.body as { candidate: string }).candidate).sort();
  return { wrong, measured };
}
