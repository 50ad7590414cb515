import type { CandidateOnClass, CandidateRow, SweepOverview } from '../client/views.ts';

/** What is known of a candidate on a class. */
export function onClass(candidate: Pick<CandidateRow, 'classes'>, classId: string): CandidateOnClass | undefined {
  return candidate.classes.find((one) => one.id === classId);
}

/** The change of accuracy where it is the same to the image on every class, which it mostly is; else of the class that loses most. */
export function worstChange(candidate: Pick<CandidateRow, 'classes'>): CandidateOnClass['accuracyChange'] {
  return candidate.classes
    .map((one) => one.accuracyChange)
    .reduce((worst, one) => (worst === undefined || (one !== undefined && one.value < worst.value) ? one : worst), undefined);
}

/** The original of a sweep, against which all is said. */
export function originalOf(sweep: SweepOverview): CandidateRow | undefined {
  return sweep.shown.find((one) => one.isOriginal);
}

/** A candidate that the overview brings along. */
export function shownIn(sweep: SweepOverview, id: string | undefined): CandidateRow | undefined {
  return id === undefined ? undefined : sweep.shown.find((one) => one.id === id);
}
