import type { CandidateId, DeviceClassId, SweepId } from '@fleetfit/core';
import type { Store } from '@fleetfit/store';
import { overviewOf, type SweepOverview, type SweepRow, type SweepState, type SweepView, viewSweep } from '@fleetfit/sweep';
import { parseWorkInput } from './stored.ts';
import type { SweepRunner } from './sweep-runner.ts';

interface Seen {
  readonly revision: string;
  readonly at: number;
  readonly state: SweepState;
  readonly view: SweepView;
  overview?: SweepOverview;
}

/** How old a view may be that nothing has happened to: what is left of the time must move. */
const FRESH_MS = 1_000;

/**
 * Views of sweeps, each made once for all who look at it: a page asks for an overview, rows, marks and lines of the same moment, and a view
 * of ten thousand candidates takes longer to make than to look at.
 */
export class SweepLens {
  readonly #sweeps: SweepRunner;
  readonly #store: Store;
  readonly #seen = new Map<SweepId, Seen>();

  constructor({ sweeps, store }: { readonly sweeps: SweepRunner; readonly store: Store }) {
    this.#sweeps = sweeps;
    this.#store = store;
  }

  /** @throws FleetError `not-found` */
  async look(id: SweepId): Promise<Seen> {
    const state = this.#sweeps.state(id);
    const live = await this.#liveFacts(state);
    const revision = `${this.#sweeps.seq(id)}.${digest(live)}`;
    const before = this.#seen.get(id);
    const now = Date.now();
    if (before?.revision === revision && before.state === state && (state.ended || now - before.at < FRESH_MS)) return before;
    const number = before?.view.number ?? (await this.#store.sweeps.get(id))?.number ?? 0;
    const seen: Seen = { revision, at: now, state, view: viewSweep(state, { number, now, ...live }) };
    this.#seen.set(id, seen);
    return seen;
  }

  async overview(id: SweepId): Promise<SweepOverview> {
    const seen = await this.look(id);
    seen.overview ??= overviewOf(seen.state, seen.view, seen.revision);
    return seen.overview;
  }

  async rows(): Promise<SweepRow[]> {
    const views = await Promise.all(this.#sweeps.states().map(async ({ id }) => (await this.look(id)).view));
    return views.map(rowOf).sort((a, b) => b.number - a.number);
  }

  /** Who is at work this moment. A sweep that is over has nobody. */
  async #liveFacts({ id, ended }: SweepState): Promise<LiveWork> {
    if (ended) return { measuring: [], compressing: [] };
    const leased = await this.#store.jobs.list({ sweepId: id, states: ['leased'] });
    const running = await this.#store.work.list({ states: ['running'], kind: 'compress' });
    return {
      measuring: leased.map(({ candidateId, classId }) => ({ candidate: candidateId, classId })),
      compressing: running.flatMap(({ input }) => {
        const { owner } = parseWorkInput(input);
        return owner.kind === 'sweep' && owner.sweep === id && owner.candidate !== undefined ? [owner.candidate] : [];
      }),
    };
  }
}

interface LiveWork {
  readonly measuring: readonly { readonly candidate: CandidateId; readonly classId: DeviceClassId }[];
  readonly compressing: readonly CandidateId[];
}

function digest({ measuring, compressing }: LiveWork): string {
  const text = [...measuring.map((each) => `${each.candidate} ${each.classId}`), ...compressing].join(' ');
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
  return (hash >>> 0).toString(36);
}

function rowOf({ id, number, name, state, model, dataset, progress }: SweepView): SweepRow {
  return {
    id,
    number,
    name,
    state,
    model: model.name,
    dataset: dataset.name,
    done: progress.measured + progress.refused + progress.failed,
    total: progress.total,
    startedAt: progress.startedAt,
    endedAt: progress.endedAt,
  };
}
