import { type CandidateId, FleetError, type JobId, type Log, type SweepId, sweepId, toFleetError } from '@fleetfit/core';
import { decodeMessage, Report } from '@fleetfit/protocol';
import { parseRecipe } from '@fleetfit/space';
import type { JobRow, NewJob, Store, WorkRow } from '@fleetfit/store';
import {
  applyEvent,
  type Effect,
  figuresOf,
  foldEvents,
  goalOf,
  jobOf,
  nextCandidateIds,
  nextEffects,
  type Share,
  type SweepEvent,
  type SweepSetup,
  type SweepState,
  toldOf,
} from '@fleetfit/sweep';
import type { Changes } from './changes.ts';
import type { SamplerDesk } from './sampler-desk.ts';
import { type JobBody, parseJobBody, parseSweepEvent, parseWorkInput } from './stored.ts';
import type { WorkDesk } from './work-desk.ts';
import { outcomeEvent } from './work-outcome.ts';

export interface SweepRunnerOptions {
  readonly store: Store;
  readonly work: WorkDesk;
  readonly sampler: SamplerDesk;
  readonly changes: Changes;
  readonly log: Log;
  /** The recipe for people. */
  readonly describe: (recipe: ReturnType<typeof parseRecipe>) => string;
  /** Called with the attempts that were running when a sweep's jobs were withdrawn. */
  readonly onWithdrawn: (attempts: readonly { readonly id: string; readonly deviceId: string }[]) => void;
}

/**
 * Runs every sweep that has not ended: folds its events, does the effects they call for, and appends what comes back.
 * Nothing is remembered that could not be read again: after a restart each effect is simply done once more, and its id meets what was done before.
 */
export class SweepRunner {
  readonly #options: SweepRunnerOptions;
  readonly #states = new Map<SweepId, SweepState>();
  readonly #seqs = new Map<SweepId, number>();
  readonly #queues = new Map<SweepId, Promise<void>>();
  /** Effects that were done since this process started, by what they are. */
  readonly #done = new Map<SweepId, Set<string>>();

  constructor(options: SweepRunnerOptions) {
    this.#options = options;
  }

  /** Reads every sweep and goes on with those that have not ended. */
  async start(): Promise<void> {
    for (const row of await this.#options.store.sweeps.list()) {
      const events = await this.#options.store.sweeps.read(row.id, 0);
      if (events.length === 0) continue;
      this.#states.set(row.id, foldEvents(row.id, events.map(parseSweepEvent)));
      this.#seqs.set(row.id, events.at(-1)?.seq ?? 0);
      this.#advanceSoon(row.id);
    }
  }

  async open(sweep: SweepId, setup: SweepSetup): Promise<void> {
    await this.append(sweep, [{ kind: 'opened', setup, at: Date.now() }]);
  }

  state(id: SweepId): SweepState {
    const state = this.#states.get(id);
    if (!state) throw new FleetError('not-found', `Cannot find sweep ${id}`, { next: 'list them with: fleetfit sweep list' });
    return state;
  }

  /** Number of its last event. */
  seq(id: SweepId): number {
    return this.#seqs.get(id) ?? 0;
  }

  states(): readonly SweepState[] {
    return [...this.#states.values()];
  }

  /** Stores events, folds them in and looks at what is to be done now. Appends of one sweep happen one after another. */
  append(id: SweepId, events: readonly SweepEvent[]): Promise<void> {
    return this.#inTurn(id, async () => {
      const seq = await this.#options.store.sweeps.append(
        id,
        this.#seqs.get(id) ?? 0,
        events.map(({ kind, at, ...body }) => ({ kind, at, body })),
      );
      this.#seqs.set(id, seq);
      let state = this.#states.get(id);
      for (const event of events) state = applyEvent(state, id, event);
      if (!state) return;
      this.#states.set(id, state);
      await this.#options.store.sweeps.update(id, {
        state: state.ended ?? (state.paused ? 'paused' : 'running'),
        ...(state.endedAt !== undefined && { endedAt: state.endedAt }),
      });
      this.#options.changes.tell(`sweep ${id}`);
      this.#options.changes.tell('sweeps');
      this.#advanceSoon(id);
    });
  }

  /** A job of a sweep is over: its report, or why there is none, becomes an event. Safe to say twice. */
  async jobOver(job: JobRow): Promise<void> {
    const { sweepId } = job;
    const body = parseJobBody(job.body);
    const share: Share = { candidate: job.candidateId, classId: job.classId, share: body.share, jobId: job.id };
    const judge = body.purpose === 'judge';
    const event = await this.#jobEvent(job, { share, judge });
    await this.append(sweepId, [event]);
  }

  /** Work of a sweep is over. Safe to say twice. */
  async workOver(row: WorkRow): Promise<void> {
    const { owner } = parseWorkInput(row.input);
    if (owner.kind === 'sweep') await this.append(sweepId(owner.sweep), [outcomeEvent(row)]);
  }

  async #jobEvent(job: JobRow, { share, judge }: { share: Share; judge: boolean }): Promise<SweepEvent> {
    const at = Date.now();
    const [accepted] = (await this.#options.store.jobs.reportsOf(job.id)).filter((each) => each.verdict === 'accepted').slice(-1);
    const report = accepted && decodeMessage(Report, accepted.body, 'stored report');
    if (accepted && job.state === 'done' && report?.outcome?.$case === 'measured') {
      const attempt = await this.#options.store.jobs.getAttempt(accepted.attemptId);
      if (attempt) {
        const figures = figuresOf(
          this.state(job.sweepId),
          { classId: share.classId, split: judge ? 'test' : 'validation', share: share.share },
          report.outcome.value,
        );
        return { kind: judge ? 'judged' : 'measured', ...share, attemptId: attempt.id, deviceId: attempt.deviceId, figures, at };
      }
    }
    const why =
      report?.outcome?.$case === 'crashed' || report?.outcome?.$case === 'failed' ? report.outcome.value.why : 'no device could finish it';
    return { kind: judge ? 'unjudged' : 'unmeasured', ...share, why, at };
  }

  #inTurn(id: SweepId, run: () => Promise<void>): Promise<void> {
    const turn = (this.#queues.get(id) ?? Promise.resolve()).then(run);
    this.#queues.set(
      id,
      turn.catch(() => {}),
    );
    return turn;
  }

  #advanceSoon(id: SweepId): void {
    setImmediate(() => void this.#advance(id));
  }

  async #advance(id: SweepId): Promise<void> {
    const state = this.#states.get(id);
    if (!state) return;
    const done = this.#done.get(id) ?? new Set<string>();
    this.#done.set(id, done);
    for (const effect of nextEffects(state)) {
      const key = keyOf(effect);
      if (done.has(key)) continue;
      done.add(key);
      this.#perform(id, effect).catch((thrown: unknown) => {
        done.delete(key);
        this.#stumble(id, effect, thrown);
      });
    }
  }

  /** An effect that fails for a passing reason is tried again; one that cannot work ends the sweep with its reason. */
  #stumble(id: SweepId, effect: Effect, thrown: unknown): void {
    const error = toFleetError(thrown, `Cannot ${effect.do}`);
    this.#options.log.error('an effect failed', { sweep: id, effect: effect.do, code: error.code, why: error.message });
    const passing = ['unavailable', 'exhausted', 'conflict', 'cancelled'].includes(error.code);
    if (passing) setTimeout(() => this.#advanceSoon(id), 1_000).unref();
    else void this.append(id, [{ kind: 'failed', why: error.message, at: Date.now() }]).catch(() => {});
  }

  async #perform(id: SweepId, effect: Effect): Promise<void> {
    switch (effect.do) {
      case 'prepare':
      case 'compress':
        return this.#order(id, effect);
      case 'ask':
        return this.#ask(id, effect.count);
      case 'measure':
        return this.#measure(id, effect);
      case 'withdraw':
        return this.#withdraw(id);
      case 'finish':
        return this.append(id, [{ kind: 'finished', at: Date.now() }]);
    }
  }

  async #order(id: SweepId, effect: Extract<Effect, { do: 'prepare' | 'compress' }>): Promise<void> {
    const { model, dataset } = this.state(id).setup;
    const row = await this.#options.work.order({
      id: effect.work,
      owner: { kind: 'sweep', sweep: id, ...(effect.do === 'prepare' ? { split: effect.split } : { candidate: effect.candidate }) },
      task:
        effect.do === 'prepare'
          ? {
              $case: 'prepareImages',
              value: { index: dataset.index, split: effect.split, limit: effect.limit, geometryJson: model.geometryJson },
            }
          : {
              $case: 'compress',
              value: {
                original: model.artifact,
                recipe: effect.recipe,
                calibration: [...(this.state(id).prepared.get('calibration')?.packs ?? [])],
                preparation: model.preparation,
                threads: 2,
              },
            },
    });
    // Done before a restart, and its event perhaps not stored: say it again.
    if (row.state === 'done' || row.state === 'failed') await this.append(id, [outcomeEvent(row)]);
  }

  async #ask(id: SweepId, count: number): Promise<void> {
    const state = this.state(id);
    const { definition, space, classes } = state.setup;
    const recipes = definition.recipes;
    const answer = recipes
      ? {
          recipes: recipes.slice(state.candidates.size - 1, state.candidates.size - 1 + count),
          snapshot: undefined,
          exhausted: state.candidates.size - 1 + count >= recipes.length,
        }
      : await this.#options.sampler.ask({
          sampler: definition.sampler,
          seed: definition.seed,
          space,
          classes: classes.map((each) => each.id),
          goal: goalOf(state),
          budget: state.budget,
          snapshot: state.snapshot,
          told: toldOf(state),
          count,
        });
    const ids = nextCandidateIds(state, answer.recipes.length);
    const asked = answer.recipes.map((recipe, i) => ({
      candidate: ids[i] as CandidateId,
      recipe,
      sentence: this.#options.describe(parseRecipe(recipe)),
    }));
    await this.append(id, [{ kind: 'asked', asked, snapshot: answer.snapshot, exhausted: answer.exhausted, at: Date.now() }]);
    this.#done.get(id)?.delete(keyOf({ do: 'ask', count }));
    this.#advanceSoon(id);
  }

  async #measure(id: SweepId, effect: Extract<Effect, { do: 'measure' }>): Promise<void> {
    const state = this.state(id);
    const body: JobBody = { job: jobOf(state, effect), fleet: state.setup.definition.fleet, share: effect.share, purpose: effect.purpose };
    const job: NewJob = {
      id: effect.job,
      sweepId: id,
      candidateId: effect.candidate,
      classId: effect.classId,
      priority: effect.priority,
      body,
      notDevices: [],
      createdAt: Date.now(),
    };
    const isNew = (await this.#options.store.jobs.insert([job])) > 0;
    if (isNew) return this.#options.changes.tell('jobs');
    const known = await this.#options.store.jobs.get(effect.job);
    if (known && (known.state === 'done' || known.state === 'failed')) await this.jobOver(known);
  }

  async #withdraw(id: SweepId): Promise<void> {
    const attempts = await this.#options.store.jobs.cancel({ sweepId: id }, Date.now());
    this.#options.onWithdrawn(attempts);
    await this.#options.work.cancelAll(`${id}-`);
    this.#options.changes.tell('jobs');
  }
}

function keyOf(effect: Effect): string {
  switch (effect.do) {
    case 'prepare':
    case 'compress':
      return effect.work;
    case 'measure':
      return effect.job satisfies JobId;
    case 'ask':
    case 'withdraw':
    case 'finish':
      return effect.do;
  }
}
