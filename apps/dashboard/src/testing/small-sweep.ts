import type { CandidateOnClass, CandidateRow, ClassOverview, SweepOverview } from '../client/views.ts';

/** A sweep for tests: one class unless more are given, with candidates that say only what a test is about. */
export function smallSweep(candidates: readonly CandidateRow[], classes: readonly ClassOverview[] = [smallClass('pi')]): SweepOverview {
  return {
    id: 's1' as SweepOverview['id'],
    number: 1,
    name: 'small',
    state: 'running',
    goal: '',
    model: { id: 'm', name: 'm' },
    dataset: { id: 'd', name: 'd' },
    sampler: 'grid',
    objectives: ['accuracy', 'latency'],
    images: 100,
    classes: [...classes],
    progress: { total: 3, measured: 0, refused: 0, failed: 0, measuring: 0, compressing: 0, toCome: 3, startedAt: 0 },
    revision: '1',
    counts: { all: candidates.length, front: 0, inside: 0, 'not measured': 0 },
    shown: [...candidates],
    log: [],
  };
}

export function smallClass(id: string, more: Partial<ClassOverview> = {}): ClassOverview {
  return {
    id: id as ClassOverview['id'],
    label: `${id}, node cpu, 1 thread`,
    position: 0,
    devices: 1,
    limits: {},
    front: [],
    sizeFront: [],
    history: [],
    ...more,
  };
}

export function smallCandidate(id: string, more: Partial<CandidateRow> = {}): CandidateRow {
  return {
    id: id as CandidateRow['id'],
    isOriginal: false,
    recipe: 'cast',
    sentence: 'Cast',
    state: 'measured',
    classes: [],
    ...more,
  };
}

/** Measured on a class: `ms` and change in `points`, each with an interval of a tenth to either side. */
export function smallOn(
  classId: string,
  { ms, points }: { readonly ms: number; readonly points: number },
  more: Partial<CandidateOnClass> = {},
): CandidateOnClass {
  return {
    id: classId as CandidateOnClass['id'],
    state: 'measured',
    latencyMs: { value: ms, variance: 0.01, low: ms - 0.1, high: ms + 0.1, count: 8 },
    accuracyChange: { value: points, low: points - 0.1, high: points + 0.1 },
    onFront: false,
    ...more,
  };
}
