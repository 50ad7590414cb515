import type { DeviceClassId } from '@fleetfit/core';
import { bestHistory } from './best-history.ts';
import { countRows } from './candidate-window.ts';
import { frontOn, standingsOn } from './choose-best.ts';
import type { CandidateRow, ClassOverview, SweepOverview } from './overview-views.ts';
import type { SweepState } from './state.ts';
import type { CandidateView, SweepView } from './views.ts';

/** Candidates that are shown although they stand on no front: those being measured. */
const MOST_UNFINISHED = 200;
const NEWEST_LINES = 60;

/** The overview of a sweep, from its whole view. `revision` is another text whenever a row may have changed. */
export function overviewOf(state: SweepState, view: SweepView, revision: string): SweepOverview {
  const { candidates, classes, log, ...rest } = view;
  const own = classes.map((one): ClassOverview => ({ ...one, ...moreOf(state, one.id) }));
  const fronts = new Set<string>(own.flatMap((one) => [...one.front, ...one.sizeFront, ...(one.best ? [one.best.candidate] : [])]));
  let unfinished = 0;
  const shown = candidates.filter(
    (one) =>
      one.isOriginal ||
      fronts.has(one.id) ||
      (one.classes.some((on) => on.latencyMs && on.state !== 'measured') && unfinished++ < MOST_UNFINISHED),
  );
  return { ...rest, revision, counts: countRows(candidates), classes: own, shown: shown.map(rowOf), log: log.slice(-NEWEST_LINES) };
}

/** A candidate as a row. */
export function rowOf(candidate: CandidateView): CandidateRow {
  const { history: _, ...row } = candidate;
  return row;
}

function moreOf(state: SweepState, classId: DeviceClassId): Pick<ClassOverview, 'sizeFront' | 'extent' | 'history'> {
  const all = standingsOn(state, classId);
  const sizeFront = [...frontOn(state, classId, ['accuracy', 'size'])].sort((a, b) => a.bytes - b.bytes).map((each) => each.candidate);
  const ends = (values: readonly number[]): [number, number] => [
    values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
    values.reduce((most, value) => Math.max(most, value), 0),
  ];
  const extent =
    all.length === 0
      ? undefined
      : { latencyMs: ends(all.map(({ figures }) => figures.latencyMs.value)), bytes: ends(all.map(({ bytes }) => bytes)) };
  return { sizeFront, extent, history: bestHistory(state, classId) };
}
