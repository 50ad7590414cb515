import { type AttemptId, attemptId } from '@fleetfit/core';
import type { AttemptPorts } from './attempt.ts';
import { crashOf, encodeReport } from './report.ts';

/**
 * What an agent does first: an attempt in the journal whose report is not in the outbox did not survive its phase, and becomes a
 * report of a crash. Gives the attempts whose reports wait.
 */
export async function recover({
  device,
  journal,
  outbox,
  log,
}: Pick<AttemptPorts, 'device' | 'journal' | 'outbox' | 'log'>): Promise<readonly AttemptId[]> {
  const entry = await journal.read();
  if (entry) {
    const attempt = attemptId(entry.attemptId);
    if (!(await outbox.get(attempt))) {
      log.warn('an attempt did not survive', { attempt, phase: entry.phase });
      await outbox.put(attempt, encodeReport(entry, device, crashOf(entry)));
    }
    await journal.clear();
  }
  return outbox.list();
}
