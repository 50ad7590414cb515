import { type CandidateId, candidateId, type DeviceClassId, type JobId, jobId, type WorkId, workId } from '@fleetfit/core';
import { jobName } from '@fleetfit/fleet';
import { type Artifact, type Job, JobPurpose } from '@fleetfit/protocol';
import { chooseBest } from './choose-best.ts';
import type { Split } from './events.ts';
import { type CandidateState, isOver, isOverOn, ORIGINAL_ID, type SweepState, sharesOn } from './state.ts';

/** What a sweep needs done now. Every effect may be done twice: its id is made from what it is. */
export type Effect =
  | { readonly do: 'prepare'; readonly work: WorkId; readonly split: Split; readonly limit: number }
  | { readonly do: 'ask'; readonly count: number }
  | { readonly do: 'compress'; readonly work: WorkId; readonly candidate: CandidateId; readonly recipe: string }
  | {
      readonly do: 'measure';
      readonly job: JobId;
      readonly candidate: CandidateId;
      readonly classId: DeviceClassId;
      readonly share: number;
      readonly priority: number;
      readonly purpose: 'measure' | 'judge';
    }
  | { readonly do: 'withdraw' }
  | { readonly do: 'finish' };

/**
 * Current state in, next steps out (nothing is remembered but the events, so that a restart just asks again).
 * Only so many candidates are under way at once that every device has work and one to come:
 * a sampler that knows more asks better.
 */
export function nextEffects(state: SweepState): readonly Effect[] {
  if (state.ended === 'cancelled' || state.ended === 'failed') return [{ do: 'withdraw' }];
  if (state.ended || state.paused) return [];
  const preparing = preparations(state);
  if (!state.prepared.has('validation')) return preparing;
  const running = [...preparing, ...compressions(state), ...measurements(state)];
  const asking = roomToAsk(state);
  if (asking > 0) return [...running, { do: 'ask', count: asking }];
  if (running.length > 0 || !everyCandidateIsOver(state)) return running;
  return judgements(state);
}

/** Whether every candidate that will be asked for is over: what is left is to judge the winners. */
export function everyCandidateIsOver(state: SweepState): boolean {
  return (state.exhausted || asksLeft(state) <= 0) && [...state.candidates.values()].every((each) => isOver(state, each));
}

function preparations(state: SweepState): Effect[] {
  const { definition, dataset } = state.setup;
  const wanted: Record<Split, number> = {
    calibration: definition.calibrationImages,
    validation: definition.images,
    test: definition.images,
  };
  return (['validation', 'calibration', 'test'] as const)
    .filter((split) => dataset.images[split] > 0 && !state.prepared.has(split))
    .map((split) => ({ do: 'prepare', work: workId(`${state.id}-prepare-${split}`), split, limit: wanted[split] }));
}

const asksLeft = (state: SweepState): number => state.budget - (state.candidates.size - 1);

function roomToAsk(state: SweepState): number {
  if (state.exhausted) return 0;
  const devices = state.setup.classes.reduce((sum, each) => sum + each.devices, 0);
  const underWay = [...state.candidates.values()].filter((each) => !isOver(state, each)).length;
  return Math.max(0, Math.min(asksLeft(state), 2 + 2 * devices - underWay));
}

function compressions(state: SweepState): Effect[] {
  // Calibration images are part of what a candidate is: no compressing before they are there.
  if (state.setup.dataset.images.calibration > 0 && !state.prepared.has('calibration')) return [];
  return [...state.candidates.values()]
    .filter((each) => each.made.kind === 'asked')
    .map((each) => ({ do: 'compress', work: workId(`${state.id}-${each.id}-compress`), candidate: each.id, recipe: each.recipe }));
}

function measurements(state: SweepState): Effect[] {
  const open = [...state.candidates.values()].filter((each) => each.made.kind === 'made');
  return open.flatMap((candidate) =>
    state.setup.classes
      .filter((each) => !isOverOn(state, candidate, each.id))
      .flatMap((each) => jobsOf(state, candidate, { classId: each.id, purpose: 'measure' })),
  );
}

function judgements(state: SweepState): Effect[] {
  if (!state.prepared.has('test')) return [{ do: 'finish' }];
  const jobs = state.setup.classes.flatMap(({ id }) => {
    const best = chooseBest(state, id)?.candidate;
    const wanted = best === undefined || best === ORIGINAL_ID ? [ORIGINAL_ID] : [ORIGINAL_ID, best];
    return wanted.flatMap((each) => {
      const candidate = state.candidates.get(each);
      return candidate ? jobsOf(state, candidate, { classId: id, purpose: 'judge' }) : [];
    });
  });
  return jobs.length > 0 ? jobs : [{ do: 'finish' }];
}

function jobsOf(
  state: SweepState,
  candidate: CandidateState,
  { classId, purpose }: { readonly classId: DeviceClassId; readonly purpose: 'measure' | 'judge' },
): Effect[] {
  const { split, over } =
    purpose === 'measure'
      ? { split: 'validation' as const, over: candidate.shares.get(classId) }
      : { split: 'test' as const, over: candidate.judged.get(classId) };
  const position = state.setup.classes.findIndex((each) => each.id === classId);
  const shares = Array.from({ length: sharesOn(state, classId, split) }, (_, share) => share);
  const open = shares.filter((share) => !over?.has(share));
  // In a race the next share waits for what the last one says; the original is what all are compared with.
  const oneByOne = state.setup.definition.race === true && purpose === 'measure' && candidate.id !== ORIGINAL_ID;
  return open.slice(0, oneByOne ? 1 : open.length).map((share) => ({
    do: 'measure',
    job: jobId(jobName({ sweep: state.id, candidate: candidate.id, position, share, purpose: purpose === 'measure' ? 'm' : 'j' })),
    candidate: candidate.id,
    classId,
    share,
    // Older candidates first; the original before all, since everything is told against it.
    priority: 0 - [...state.candidates.keys()].indexOf(candidate.id),
    purpose,
  }));
}

/** The job of an effect as devices get it. */
export function jobOf(state: SweepState, effect: Extract<Effect, { do: 'measure' }>): Job {
  const { model, definition } = state.setup;
  const candidate = state.candidates.get(effect.candidate);
  const artifact: Artifact | undefined = candidate?.made.kind === 'made' ? candidate.made.artifact : undefined;
  const { packs } = shareOf(state, effect.classId, { split: effect.purpose === 'measure' ? 'validation' : 'test', share: effect.share });
  return {
    jobId: effect.job,
    sweepId: state.id,
    candidateId: effect.candidate,
    deviceClassId: effect.classId,
    purpose: effect.purpose === 'measure' ? JobPurpose.JOB_PURPOSE_MEASURE : JobPurpose.JOB_PURPOSE_JUDGE,
    artifact,
    control: model.artifact,
    preparation: model.preparation,
    images: [...packs],
    // A winner's speed is known; on test images only its answers count, so two blocks are enough to see that it still runs.
    measure: effect.purpose === 'measure' ? { ...definition.measure } : { ...definition.measure, blocks: 2 },
    top: 5,
  };
}

/** The packs of one share, and the number of its first image within the split. */
export function shareOf(state: SweepState, classId: DeviceClassId, which: { readonly split: Split; readonly share: number }) {
  const all = state.prepared.get(which.split)?.packs ?? [];
  const shares = sharesOn(state, classId, which.split);
  const from = Math.floor((all.length * which.share) / shares);
  const to = Math.floor((all.length * (which.share + 1)) / shares);
  const first = all.slice(0, from).reduce((sum, pack) => sum + pack.count, 0);
  return { packs: all.slice(from, to), first };
}

/** Names the next candidates: they count up within a sweep. */
export function nextCandidateIds(state: SweepState, count: number): CandidateId[] {
  return Array.from({ length: count }, (_, i) => candidateId(`c${String(state.candidates.size + i).padStart(3, '0')}`));
}
