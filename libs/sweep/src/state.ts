import { type CandidateId, candidateId, type DeviceClassId, FleetError, type SweepId, unreachable } from '@fleetfit/core';
import type { Artifact, ImagePack } from '@fleetfit/protocol';
import type { Snapshot } from '@fleetfit/search';
import { ORIGINAL } from '@fleetfit/space';
import type { EventOf, Figures, HistoryLine, Limits, Share, Split, SweepEvent, SweepSetup } from './events.ts';
import { losesForSure } from './race.ts';
import type { LogLine } from './views.ts';

/** The original is a candidate like any other: measured first, on every class. */
export const ORIGINAL_ID: CandidateId = candidateId('c000');

interface PreparedSplit {
  readonly packs: readonly ImagePack[];
  readonly labels: readonly number[];
}

type ShareState = { readonly kind: 'done'; readonly figures: Figures } | { readonly kind: 'failed'; readonly why: string };

export interface CandidateState {
  readonly id: CandidateId;
  readonly recipe: string;
  readonly sentence: string;
  readonly made:
    | { readonly kind: 'asked' }
    | { readonly kind: 'made'; readonly artifact: Artifact; readonly bytes: number; readonly history: readonly HistoryLine[] }
    | { readonly kind: 'refused' | 'broken'; readonly why: string };
  /** By class, then by share: what is over. */
  readonly shares: ReadonlyMap<DeviceClassId, ReadonlyMap<number, ShareState>>;
  /** The same on the test split, for winners and the original. */
  readonly judged: ReadonlyMap<DeviceClassId, ReadonlyMap<number, ShareState>>;
}

export interface SweepState {
  readonly id: SweepId;
  readonly setup: SweepSetup;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly ended: 'done' | 'cancelled' | 'failed' | undefined;
  readonly why: string | undefined;
  readonly paused: boolean;
  /** Candidates besides the original. */
  readonly budget: number;
  readonly prepared: ReadonlyMap<Split, PreparedSplit>;
  readonly candidates: ReadonlyMap<CandidateId, CandidateState>;
  readonly snapshot: Snapshot | undefined;
  /** The sampler has nothing more to ask. */
  readonly exhausted: boolean;
  /** When candidates were over, for the estimate of what is left. */
  readonly overAt: readonly number[];
  readonly log: readonly LogLine[];
}

/** Folds one more event into the state of a sweep. An event that says what is known already changes nothing. */
export function applyEvent(state: SweepState | undefined, id: SweepId, event: SweepEvent): SweepState {
  if (event.kind === 'opened') return state ?? opened(id, event);
  if (!state) throw new FleetError('bug', `Cannot apply "${event.kind}" to sweep ${id}: it was never opened`);
  if (state.ended) return state;
  return logged(applied(state, event), event);
}

/** The state after all events, oldest first. */
export function foldEvents(id: SweepId, events: readonly SweepEvent[]): SweepState {
  let state: SweepState | undefined;
  for (const event of events) {
    state = applyEvent(state, id, event);
    // Nobody else has seen the states in between: their candidates need not be copied for each of a hundred thousand events.
    draft = state.candidates;
  }
  draft = undefined;
  if (!state) throw new FleetError('corrupt', `Cannot read sweep ${id}: it has no events`);
  return state;
}

function opened(id: SweepId, { setup, at }: EventOf<'opened'>): SweepState {
  const original: CandidateState = {
    id: ORIGINAL_ID,
    recipe: ORIGINAL,
    sentence: 'Original',
    made: { kind: 'made', artifact: setup.model.artifact, bytes: setup.model.bytes, history: [] },
    shares: new Map(),
    judged: new Map(),
  };
  return {
    id,
    setup,
    startedAt: at,
    endedAt: undefined,
    ended: undefined,
    why: undefined,
    paused: false,
    budget: setup.definition.recipes?.length ?? setup.definition.candidates,
    prepared: new Map(),
    candidates: new Map([[ORIGINAL_ID, original]]),
    snapshot: undefined,
    exhausted: false,
    overAt: [],
    log: [{ at, text: `started on ${setup.classes.length} device ${setup.classes.length === 1 ? 'class' : 'classes'}` }],
  };
}

function applied(state: SweepState, event: Exclude<SweepEvent, { kind: 'opened' }>): SweepState {
  switch (event.kind) {
    case 'prepared':
      return { ...state, prepared: new Map(state.prepared).set(event.split, { packs: event.packs, labels: event.labels }) };
    case 'asked':
      return asked(state, event);
    case 'compressed':
      return changeCandidate(state, event.candidate, (each) => ({
        ...each,
        sentence: event.sentence,
        made: { kind: 'made', artifact: event.artifact, bytes: event.bytes, history: event.history },
      }));
    case 'refused':
    case 'broken':
      return over(
        changeCandidate(state, event.candidate, (each) => ({ ...each, made: { kind: event.kind, why: event.why } })),
        event,
      );
    case 'measured':
      return over(changeShare(state, { where: 'shares', of: event }, { kind: 'done', figures: event.figures }), event);
    case 'unmeasured':
      return over(changeShare(state, { where: 'shares', of: event }, { kind: 'failed', why: event.why }), event);
    case 'judged':
      return changeShare(state, { where: 'judged', of: event }, { kind: 'done', figures: event.figures });
    case 'unjudged':
      return changeShare(state, { where: 'judged', of: event }, { kind: 'failed', why: event.why });
    case 'paused':
      return { ...state, paused: true };
    case 'resumed':
      return { ...state, paused: false };
    case 'extended':
      return { ...state, budget: state.budget + event.by };
    case 'limited':
      return withLimits(state, event);
    case 'cancelled':
      return { ...state, ended: 'cancelled', endedAt: event.at };
    case 'failed':
      return { ...state, ended: 'failed', why: event.why, endedAt: event.at };
    case 'finished':
      return { ...state, ended: 'done', endedAt: event.at };
    default:
      return unreachable(event);
  }
}

/** The same sweep with other limits: what would be best then. */
export function withLimits(state: SweepState, { constraints, classConstraints }: Limits): SweepState {
  const { setup } = state;
  return { ...state, setup: { ...setup, definition: { ...setup.definition, constraints, classConstraints: { ...classConstraints } } } };
}

/** The candidates that only a fold under way knows of, which it may change in place. */
let draft: SweepState['candidates'] | undefined;

function ownCandidates({ candidates }: SweepState): Map<CandidateId, CandidateState> {
  return candidates === draft && candidates instanceof Map ? candidates : new Map(candidates);
}

function asked(state: SweepState, event: EventOf<'asked'>): SweepState {
  const candidates = ownCandidates(state);
  for (const { candidate, recipe, sentence } of event.asked) {
    if (candidates.has(candidate)) continue;
    candidates.set(candidate, { id: candidate, recipe, sentence, made: { kind: 'asked' }, shares: new Map(), judged: new Map() });
  }
  return { ...state, candidates, snapshot: event.snapshot ?? state.snapshot, exhausted: event.exhausted };
}

function changeCandidate(state: SweepState, id: CandidateId, change: (candidate: CandidateState) => CandidateState): SweepState {
  const candidate = state.candidates.get(id);
  if (!candidate) throw new FleetError('corrupt', `Cannot apply an event of ${id}: sweep ${state.id} never asked for it`);
  return { ...state, candidates: ownCandidates(state).set(id, change(candidate)) };
}

/** The first word on a share stands: what comes twice or late changes nothing. */
function changeShare(
  state: SweepState,
  { where, of: { candidate: id, classId, share } }: { readonly where: 'shares' | 'judged'; readonly of: Share },
  to: ShareState,
): SweepState {
  return changeCandidate(state, id, (candidate) => {
    const ofClass = candidate[where].get(classId) ?? new Map<number, ShareState>();
    if (ofClass.has(share)) return candidate;
    return { ...candidate, [where]: new Map(candidate[where]).set(classId, new Map(ofClass).set(share, to)) };
  });
}

function over(state: SweepState, event: { readonly at: number; readonly candidate: CandidateId }): SweepState {
  const candidate = state.candidates.get(event.candidate);
  return candidate && isOver(state, candidate) ? { ...state, overAt: [...state.overAt, event.at] } : state;
}

/** How many devices of a class share the images of a split: as many as were there, but no more than there are packs. */
export function sharesOn(state: SweepState, classId: DeviceClassId, split: Split): number {
  const devices = state.setup.classes.find((each) => each.id === classId)?.devices ?? 1;
  const packs = state.prepared.get(split)?.packs.length ?? 1;
  return Math.max(1, Math.min(devices, packs));
}

/** Whether nothing more will be known of a candidate on a class. */
export function isOverOn(state: SweepState, candidate: CandidateState, classId: DeviceClassId): boolean {
  return (candidate.shares.get(classId)?.size ?? 0) >= sharesOn(state, classId, 'validation') || isOutOfRace(state, candidate, classId);
}

/** In a race a candidate is out once its images so far show that it loses more than it may. */
function isOutOfRace(state: SweepState, candidate: CandidateState, classId: DeviceClassId): boolean {
  const { race, constraints, classConstraints } = state.setup.definition;
  const shares = candidate.shares.get(classId);
  const most = { ...constraints, ...classConstraints[classId] }.accuracyDropPoints;
  if (race !== true || candidate.id === ORIGINAL_ID || !shares || most === undefined) return false;
  const original = state.candidates.get(ORIGINAL_ID)?.shares.get(classId);
  const answers = [...shares].flatMap(([share, found]) => {
    const before = original?.get(share);
    return found.kind === 'done' && before?.kind === 'done' ? [{ original: before.figures.top1, candidate: found.figures.top1 }] : [];
  });
  return losesForSure(answers, most);
}

/** Whether nothing more will be known of a candidate at all. */
export function isOver(state: SweepState, candidate: CandidateState): boolean {
  if (candidate.made.kind === 'refused' || candidate.made.kind === 'broken') return true;
  return state.setup.classes.every((each) => isOverOn(state, candidate, each.id));
}

function logged(state: SweepState, event: SweepEvent): SweepState {
  const text = sayEvent(state, event);
  return text ? { ...state, log: [...state.log.slice(-199), { at: event.at, text }] } : state;
}

function sayEvent(state: SweepState, event: SweepEvent): string | undefined {
  const nameOf = (id: CandidateId): string => (id === ORIGINAL_ID ? 'the original' : id);
  const onClass = (id: DeviceClassId): string => state.setup.classes.find((each) => each.id === id)?.label ?? id;
  switch (event.kind) {
    case 'refused':
      return `${event.candidate} refused: ${event.why}`;
    case 'broken':
      return `${event.candidate} could not be made: ${event.why}`;
    case 'measured':
      return `${nameOf(event.candidate)} measured on ${onClass(event.classId)}`;
    case 'unmeasured':
      return `${nameOf(event.candidate)} failed on ${onClass(event.classId)}: ${event.why}`;
    case 'judged':
      return `${nameOf(event.candidate)} judged on test images on ${onClass(event.classId)}`;
    case 'failed':
      return `failed: ${event.why}`;
    case 'extended':
      return `extended by ${event.by} candidates`;
    case 'limited':
      return 'limits changed';
    case 'paused':
    case 'resumed':
    case 'cancelled':
    case 'finished':
      return event.kind;
    default:
      return undefined;
  }
}
