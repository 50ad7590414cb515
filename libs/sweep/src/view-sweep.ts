import type { CandidateId, DeviceClassId } from '@fleetfit/core';
import { chooseBest, fastestInside, frontOn } from './choose-best.ts';
import { classFigures, limitsOf, speedVerdict, withinLimits } from './figures.ts';
import { everyCandidateIsOver } from './next-effects.ts';
import { sayBest, sayDoubt, sayGoal } from './say-sweep.ts';
import { type CandidateState, isOver, isOverOn, ORIGINAL_ID, type SweepState } from './state.ts';
import type { BestView, CandidateOnClass, CandidateView, ClassView, ProgressView, SweepStateName, SweepView } from './views.ts';

/** What the ledger knows beyond the events: who is at work this moment. */
export interface LiveFacts {
  readonly number: number;
  readonly now: number;
  /** `candidate class` pairs with an open attempt. */
  readonly measuring: readonly { readonly candidate: CandidateId; readonly classId: DeviceClassId }[];
  readonly compressing: readonly CandidateId[];
}

/** The view of a sweep from its state. */
export function viewSweep(state: SweepState, live: LiveFacts): SweepView {
  const { setup } = state;
  const fronts = new Map(setup.classes.map(({ id }) => [id, frontWithBest(state, id)]));
  const context = contextOf(live, fronts);
  const candidates = [...state.candidates.values()].map((each) => viewCandidate(state, each, context));
  return {
    id: state.id,
    number: live.number,
    name: setup.name,
    state: stateName(state),
    why: state.why,
    goal: sayGoal(state),
    model: { id: setup.model.id, name: setup.model.name },
    dataset: { id: setup.dataset.id, name: setup.dataset.name },
    sampler: setup.definition.recipes ? 'given recipes' : setup.definition.sampler,
    objectives: setup.definition.objectives,
    images: state.prepared.get('validation')?.labels.length ?? Math.min(setup.dataset.images.validation, setup.definition.images),
    classes: setup.classes.map((each) => viewClass(state, each, fronts.get(each.id) ?? [])),
    progress: viewProgress(state, candidates, live.now),
    candidates,
    log: state.log,
  };
}

/** The one to ship stands on the front, also where another is ahead of it by less than can be told apart: a winner must be seen there. */
function frontWithBest(state: SweepState, classId: DeviceClassId): CandidateId[] {
  const front = frontOn(state, classId);
  const best = chooseBest(state, classId);
  const all = best && !front.some((each) => each.candidate === best.candidate) ? [...front, best] : front;
  return all.sort((a, b) => a.figures.latencyMs.value - b.figures.latencyMs.value).map((each) => each.candidate);
}

function stateName(state: SweepState): SweepStateName {
  if (state.ended) return state.ended;
  if (state.paused) return 'paused';
  if (!state.prepared.has('validation')) return 'preparing';
  return everyCandidateIsOver(state) ? 'judging' : 'running';
}

function viewClass(state: SweepState, of: SweepState['setup']['classes'][number], front: readonly CandidateId[]): ClassView {
  return {
    id: of.id,
    label: of.label,
    position: of.position,
    devices: of.devices,
    limits: limitsOf(state, of.id),
    front,
    best: viewBest(state, of.id),
  };
}

function viewBest(state: SweepState, classId: DeviceClassId): BestView | undefined {
  const best = chooseBest(state, classId);
  if (!best) return undefined;
  const judged = classFigures(state, best.state, { classId, where: 'judged' });
  const test = judged?.accuracy && { accuracy: judged.accuracy, change: judged.accuracyChange ?? { value: 0, low: 0, high: 0 } };
  const limits = limitsOf(state, classId);
  return { candidate: best.candidate, sentence: sayBest(best, limits, fastestInside(state, classId)), doubt: sayDoubt(best, limits), test };
}

interface Context {
  readonly live: {
    readonly measuring: ReadonlySet<string>;
    readonly begun: ReadonlySet<string>;
    readonly compressing: ReadonlySet<string>;
  };
  readonly fronts: ReadonlyMap<DeviceClassId, ReadonlySet<string>>;
}

// Sets, since ten thousand candidates ask.
function contextOf(live: LiveFacts, fronts: ReadonlyMap<DeviceClassId, readonly CandidateId[]>): Context {
  return {
    live: {
      measuring: new Set(live.measuring.map((each) => `${each.candidate} ${each.classId}`)),
      begun: new Set(live.measuring.map((each) => each.candidate)),
      compressing: new Set(live.compressing),
    },
    fronts: new Map([...fronts].map(([id, front]) => [id, new Set<string>(front)])),
  };
}

function viewCandidate(state: SweepState, candidate: CandidateState, context: Context): CandidateView {
  const { made } = candidate;
  return {
    id: candidate.id,
    isOriginal: candidate.id === ORIGINAL_ID,
    recipe: candidate.recipe,
    sentence: candidate.sentence,
    state: candidateState(state, candidate, context.live),
    why: made.kind === 'refused' || made.kind === 'broken' ? made.why : undefined,
    bytes: made.kind === 'made' ? made.bytes : undefined,
    classes: state.setup.classes.map(({ id }) => viewOnClass(state, candidate, { ...context, classId: id })),
    history: made.kind === 'made' ? made.history : [],
  };
}

function candidateState(state: SweepState, candidate: CandidateState, live: Context['live']): CandidateView['state'] {
  const { made } = candidate;
  if (made.kind === 'refused') return 'refused';
  if (made.kind === 'broken') return 'failed';
  if (made.kind === 'asked') return live.compressing.has(candidate.id) ? 'compressing' : 'waiting';
  if (isOver(state, candidate))
    return state.setup.classes.some(({ id }) => classFigures(state, candidate, { classId: id })) ? 'measured' : 'failed';
  const begun = candidate.shares.size > 0 || live.begun.has(candidate.id);
  return begun ? 'measuring' : 'waiting';
}

function viewOnClass(
  state: SweepState,
  candidate: CandidateState,
  { classId, live, fronts }: Context & { readonly classId: DeviceClassId },
): CandidateOnClass {
  const figures = classFigures(state, candidate, { classId });
  const failed = [...(candidate.shares.get(classId)?.values() ?? [])].find((each) => each.kind === 'failed');
  const measuring = live.measuring.has(`${candidate.id} ${classId}`);
  const over = isOverOn(state, candidate, classId);
  const bytes = candidate.made.kind === 'made' ? candidate.made.bytes : undefined;
  return {
    id: classId,
    state: failed ? 'failed' : over ? 'measured' : measuring ? 'measuring' : 'waiting',
    why: failed?.why,
    latencyMs: figures?.latencyMs,
    speed: figures?.speed,
    accuracy: figures?.accuracy,
    accuracyChange: figures?.accuracyChange,
    memoryBytes: figures?.memoryBytes,
    onFront: fronts.get(classId)?.has(candidate.id) ?? false,
    withinLimits: figures && withinLimits(limitsOf(state, classId), figures, bytes),
    verdict: figures && candidate.id !== ORIGINAL_ID ? speedVerdict(figures.speed) : undefined,
  };
}

function viewProgress(state: SweepState, views: readonly CandidateView[], now: number): ProgressView {
  const count = (...names: CandidateView['state'][]): number =>
    views.filter((each) => !each.isOriginal && names.includes(each.state)).length;
  const [measured, refused, failed, measuring, compressing] = [
    count('measured'),
    count('refused'),
    count('failed'),
    count('measuring'),
    count('compressing'),
  ];
  const total = state.exhausted || state.ended ? views.length - 1 : Math.max(state.budget, views.length - 1);
  const toCome = total - measured - refused - failed - measuring - compressing;
  return {
    total,
    measured,
    refused,
    failed,
    measuring,
    compressing,
    toCome,
    startedAt: state.startedAt,
    endedAt: state.endedAt,
    left: timeLeft(state, total - measured - refused - failed, now),
  };
}

/** From the gaps between the candidates that are over: their sum has about the mean and variance of as many gaps as are left. */
function timeLeft(state: SweepState, left: number, now: number): ProgressView['left'] {
  const ends = [state.startedAt, ...state.overAt];
  if (state.ended || state.paused || ends.length < 4 || left <= 0) return undefined;
  const gaps = ends.slice(1).map((end, i) => end - (ends[i] ?? end));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / (gaps.length - 1);
  const already = Math.min(mean, now - (ends.at(-1) ?? now));
  const value = Math.max(0, left * mean - already);
  const half = 1.28 * Math.sqrt(variance * left);
  return { value, low: Math.max(0, value - half), high: value + half };
}
