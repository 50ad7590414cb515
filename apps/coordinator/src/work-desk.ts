import { FleetError, type HostId, hostId, type Log, type WorkId, workId } from '@fleetfit/core';
import type { QueuedWork, WorkHandlers, WorkQueue } from '@fleetfit/messaging';
import {
  WorkBeginResponse_Answer as Answer,
  type WorkBegin,
  type WorkBeginResponse,
  type WorkItem,
  type WorkProgress,
  type WorkResult,
} from '@fleetfit/protocol';
import type { Store, WorkEnd, WorkRow } from '@fleetfit/store';
import type { Changes } from './changes.ts';
import type { HostDesk } from './host-desk.ts';
import { parseWorkInput, type Task, type WorkInput, type WorkOwner } from './stored.ts';

export interface WorkOrder {
  readonly id: WorkId;
  readonly owner: WorkOwner;
  readonly task: Task;
}

export interface WorkDeskOptions {
  readonly store: Store;
  readonly queue: WorkQueue;
  readonly hosts: HostDesk;
  readonly changes: Changes;
  readonly log: Log;
  /** An item is over: tell its owner. */
  readonly onOver: (row: WorkRow) => Promise<void>;
  readonly signal: AbortSignal;
}

/** How long a compressor counts after it asked: longer than it pauses before it asks again. */
const ASKED_MS = 15_000;

/** How long a compressor is kept waiting for its computer in one question: less than it waits for an answer. */
const HOLD_MS = 4_000;

/** What compressors take, and what they say of it. The ledger is the truth; the queue may lose or repeat. */
export class WorkDesk implements WorkHandlers {
  readonly #options: WorkDeskOptions;
  readonly #said = new Map<string, string>();
  readonly #hostOf = new Map<string, string>();
  /** When a compressor last asked to begin, by its name. */
  readonly #asked = new Map<string, number>();

  constructor(options: WorkDeskOptions) {
    this.#options = options;
  }

  /** Puts work on the queue, once for its id; returns how it stands. */
  async order({ id, owner, task }: WorkOrder): Promise<WorkRow> {
    const { store, queue, signal } = this.#options;
    const input: WorkInput = { owner, task };
    await store.work.insert({ id, kind: task.$case, input, createdAt: Date.now() });
    const row = await store.work.get(id);
    if (!row) throw new FleetError('bug', `Cannot order work ${id}: it was not stored`);
    if (isOpen(row)) await queue.publish(itemOf(row), signal);
    return row;
  }

  async begin(asked: WorkBegin): Promise<WorkBeginResponse> {
    const { store, hosts } = this.#options;
    this.#asked.set(asked.worker, Date.now());
    const id = workId(asked.workId);
    const row = await store.work.get(id);
    if (!row || !isOpen(row) || row.epoch !== asked.epoch) return { answer: Answer.ANSWER_DROP, why: 'it is over or superseded' };
    const why = await this.#claimHost(id, hostId(asked.hostId));
    if (why !== undefined) return { answer: Answer.ANSWER_WAIT, why };
    this.#hostOf.set(asked.workId, asked.hostId);
    const started = await store.work.start(id, asked.epoch, { worker: asked.worker, at: Date.now() });
    if (!started) hosts.release(claimName(id));
    this.#tellOwner(row);
    return { answer: started ? Answer.ANSWER_GO : Answer.ANSWER_DROP, why: '' };
  }

  /** Waits a while for the computer, so that it does not lie idle until the compressor asks again. Undefined when granted. */
  async #claimHost(id: WorkId, host: HostId): Promise<string | undefined> {
    const { hosts, changes, signal } = this.#options;
    const news = changes.hear(['hosts']);
    try {
      for (const end = performance.now() + HOLD_MS; ; ) {
        const why = hosts.claim({ host, kind: 'work', by: claimName(id) });
        if (why === undefined || performance.now() >= end || signal.aborted) return why;
        // Asked for again and again: who does not ask loses the place in the queue.
        await news.next({ signal, withinMs: 1_000 });
      }
    } finally {
      news.stop();
    }
  }

  async progress(told: WorkProgress): Promise<{ goOn: boolean }> {
    const { store, hosts } = this.#options;
    this.#said.set(told.workId, told.what);
    const id = workId(told.workId);
    const goOn = await store.work.progress(id, told.epoch, Math.min(1, Math.max(0, told.done)));
    const host = this.#hostOf.get(told.workId);
    // A claim that was dropped in a long silence is made again, as soon as the compressor is heard of.
    if (goOn && host !== undefined) hosts.claim({ host: hostId(host), kind: 'work', by: claimName(id) });
    const row = await store.work.get(id);
    if (row) this.#tellOwner(row);
    return { goOn };
  }

  async result(handed: WorkResult): Promise<void> {
    const { store, hosts, onOver } = this.#options;
    const id = workId(handed.workId);
    if (!handed.result) throw new FleetError('invalid', `Cannot take the result of work ${id}: it is empty`);
    const endedAt = Date.now();
    const end: WorkEnd =
      handed.result.$case === 'failed'
        ? { state: 'failed', error: handed.result, endedAt }
        : { state: 'done', output: handed.result, endedAt };
    const ended = await store.work.finish(id, end);
    hosts.release(claimName(id));
    this.#said.delete(id);
    if (ended) await onOver(ended);
  }

  /** Cancels every open item whose id begins so. */
  async cancelAll(prefix: string): Promise<void> {
    const { store, queue, hosts } = this.#options;
    for (const row of await store.work.list({ states: ['ready', 'running'] })) {
      if (!row.id.startsWith(prefix)) continue;
      await store.work.finish(row.id, { state: 'cancelled', endedAt: Date.now() });
      hosts.release(claimName(row.id));
      queue.cancel(row.id);
    }
  }

  /** Publishes again what the ledger has open and the queue has lost. */
  async reconcile(signal: AbortSignal): Promise<void> {
    const { store, queue, log } = this.#options;
    const open = await store.work.list({ states: ['ready', 'running'] });
    if (open.length === 0) return;
    const queued = new Set((await queue.outstanding(signal)).map(nameOf));
    for (const row of open) {
      if (queued.has(nameOf({ workId: row.id, epoch: row.epoch }))) continue;
      const again = await store.work.requeue(row.id);
      if (!again) continue;
      log.warn('the queue had lost work; it is published again', { work: row.id, epoch: again.epoch });
      await queue.publish(itemOf(again), signal);
    }
  }

  /** Compressors that wait for work, are at it, or asked for it a moment ago and wait for their host. */
  async compressors(): Promise<number> {
    const { store, queue } = this.#options;
    const busy = new Set((await store.work.list({ states: ['running'] })).map((each) => each.worker));
    const lately = Date.now() - ASKED_MS;
    const known = new Set([...busy, ...[...this.#asked].filter(([, at]) => at >= lately).map(([worker]) => worker)]);
    return Math.max(known.size, busy.size + (await queue.waiting().catch(() => 0)));
  }

  /** What the compressor said last about an item. */
  saying(id: WorkId): string {
    return this.#said.get(id) ?? '';
  }

  #tellOwner(row: WorkRow): void {
    const { changes } = this.#options;
    const { owner } = parseWorkInput(row.input);
    if (owner.kind === 'sweep') changes.tell(`sweep ${owner.sweep}`);
    else if (owner.kind === 'dataset') changes.tell(`dataset ${owner.dataset}`);
    else changes.tell(`model ${owner.model}`);
  }
}

const isOpen = (row: WorkRow): boolean => row.state === 'ready' || row.state === 'running';
const claimName = (id: WorkId): string => `work ${id}`;
const nameOf = ({ workId: id, epoch }: QueuedWork): string => `${id}:${epoch}`;

function itemOf(row: WorkRow): WorkItem {
  return { workId: row.id, epoch: row.epoch, task: parseWorkInput(row.input).task };
}
