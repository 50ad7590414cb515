import type { JournalPort, LeasePort, OutboxPort } from '@fleetfit/agent';
import { attemptId, type Log, toFleetError } from '@fleetfit/core';
import type { DeviceRecord } from '../keeping/device-record.ts';
import type { Measured } from '../keeping/history.ts';

/** So many ends without warning in so short a time: the phone waits until somebody looks. */
const MOST_CRASHES = 2;
const WITHIN_MS = 10 * 60_000;

const LEFT = 'fleetfit-left';

/** Marks an attempt as left in good order while the page is being closed or loaded again: nothing slower than this works then. */
export function markAsLeft(attempt: string): void {
  localStorage.setItem(LEFT, attempt);
}

const UNDER_WAY = 'fleetfit-under-way';

/** Notes for the screen of the next page what this one is about to measure: the journal knows it only as a job. */
export function noteUnderWay(attempt: string, { candidateId, sweepId }: { readonly candidateId: string; readonly sweepId: string }): void {
  localStorage.setItem(UNDER_WAY, JSON.stringify([attempt, candidateId, sweepId]));
}

function underWay(of: string): { readonly candidate: string; readonly sweep: string } | undefined {
  const [attempt, candidate = '', sweep = ''] = JSON.parse(localStorage.getItem(UNDER_WAY) ?? '[]') as readonly string[];
  return attempt === of ? { candidate, sweep } : undefined;
}

interface Found {
  readonly journal: JournalPort;
  readonly outbox: OutboxPort;
  readonly record: DeviceRecord;
  readonly leases: LeasePort;
  readonly log: Log;
}

/**
 * Looks at what an earlier page left in the journal. An attempt that it left because it was closed is given back; one that nobody left
 * killed the tab: it stays in the journal, from which the agent reports it, counts as a crash of this phone, and is given out to be shown.
 */
export async function settleLastPage({ journal, outbox, record, leases, log }: Found, signal: AbortSignal): Promise<Measured | undefined> {
  const entry = await journal.read();
  const left = localStorage.getItem(LEFT);
  localStorage.removeItem(LEFT);
  if (!entry || (await outbox.get(attemptId(entry.attemptId)))) return undefined;
  if (left === entry.attemptId) {
    const release = { attemptId: entry.attemptId, fence: entry.fence, reason: 'the page was closed' };
    await leases.release(release, signal).catch((thrown: unknown) => {
      log.warn('could not give the last lease back; it will lapse', { why: toFleetError(thrown, 'Cannot release').message });
    });
    await journal.clear();
    return undefined;
  }
  await record.keepCrashes([...(await record.crashes()), Date.now()].slice(-MOST_CRASHES));
  const under = underWay(entry.attemptId) ?? { candidate: entry.jobId, sweep: '' };
  const nothing = { p50Ms: undefined, controlMs: undefined, ratio: undefined, judged: false, tookMs: 0 };
  return { ...nothing, ...under, attempt: entry.attemptId, at: Date.now(), why: `the page ended ${PHASES[entry.phase] ?? 'on the way'}` };
}

const PHASES: Readonly<Record<number, string>> = {
  1: 'while fetching',
  2: 'while loading',
  3: 'while warming up',
  4: 'while timing',
  5: 'while classifying',
  6: 'while reporting',
};

/** Whether the page ended so often lately that it should not go on by itself. */
export async function endsTooOften(record: DeviceRecord): Promise<boolean> {
  const recent = (await record.crashes()).filter((at) => Date.now() - at < WITHIN_MS);
  return recent.length >= MOST_CRASHES;
}
