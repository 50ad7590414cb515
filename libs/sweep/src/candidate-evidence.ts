import { type CandidateId, type DeviceClassId, type JobId, jobId } from '@fleetfit/core';
import { jobName } from '@fleetfit/fleet';
import { shareOf } from './next-effects.ts';
import { type SweepState, sharesOn } from './state.ts';

/** How often a device took how long. */
export interface LatencyBin {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

/** What a share of a candidate's images was answered: the best classes of every image, `top` a row. */
export interface AnsweredShare {
  /** Place of its first image in the split. */
  readonly first: number;
  readonly count: number;
  readonly classes: readonly number[];
}

/** An image that one of the two has right and the other has not. */
export interface ChangedAnswer {
  /** Its place in the split. */
  readonly image: number;
  readonly label: number;
  readonly original: number;
  readonly candidate: number;
  /** Where the label stands among the candidate's best classes, from 1; undefined where it is not among them. */
  readonly place: number | undefined;
}

/** Answers of a candidate beside the original's, on the images that both have seen. */
export interface ComparedAnswers {
  readonly images: number;
  /** Right in the original, wrong in the candidate; and the other way round. */
  readonly lost: readonly ChangedAnswer[];
  readonly won: readonly ChangedAnswer[];
  readonly labels: readonly { readonly label: number; readonly images: number; readonly original: number; readonly candidate: number }[];
}

/** The jobs that measure a candidate on a class, and which images each has. */
export function measureJobsOf(
  state: SweepState,
  candidate: CandidateId,
  classId: DeviceClassId,
): readonly { readonly job: JobId; readonly first: number; readonly count: number }[] {
  const position = state.setup.classes.findIndex((each) => each.id === classId);
  return Array.from({ length: sharesOn(state, classId, 'validation') }, (_, share) => {
    const { packs, first } = shareOf(state, classId, { split: 'validation', share });
    const job = jobId(jobName({ sweep: state.id, candidate, position, share, purpose: 'm' }));
    return { job, first, count: packs.reduce((sum, pack) => sum + pack.count, 0) };
  });
}

/** Past this share of the runs, or so many medians, lies a tail that would squeeze all others into a corner: it is counted in the last bin. */
const SHOWN = 0.99;
const MEDIANS = 1.5;

/** Counts of run times over common bins, so that devices of a class can be compared by eye. Samples are ms, by device. */
export function latencyBins(samples: readonly (readonly number[])[], bins: number): readonly (readonly LatencyBin[])[] {
  const all = samples.flat().sort((a, b) => a - b);
  const low = all[0] ?? 0;
  const most = Math.min(all[Math.floor(all.length * SHOWN)] ?? low, MEDIANS * (all[all.length >> 1] ?? low));
  const high = Math.max(most, low * 1.01);
  const width = (high - low) / bins || 1;
  return samples.map((own) => {
    const counts = Array.from({ length: bins }, () => 0);
    for (const ms of own) {
      const bin = Math.min(bins - 1, Math.floor((ms - low) / width));
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    return counts.map((count, bin) => ({ fromMs: low + bin * width, toMs: low + (bin + 1) * width, count }));
  });
}

/** Puts answers side by side, image by image; images that only one has answered do not count. */
export function compareAnswers(
  labels: readonly number[],
  { original, candidate }: { readonly original: readonly AnsweredShare[]; readonly candidate: readonly AnsweredShare[] },
): ComparedAnswers {
  const before = rowsOf(original);
  const after = rowsOf(candidate);
  const byLabel = new Map<number, { label: number; images: number; original: number; candidate: number }>();
  const [lost, won]: [ChangedAnswer[], ChangedAnswer[]] = [[], []];
  let images = 0;
  for (const [image, row] of after) {
    const label = labels[image];
    const was = before.get(image);
    const [now] = row;
    if (label === undefined || was?.[0] === undefined || now === undefined) continue;
    images++;
    const [wasRight, isRight] = [was[0] === label, now === label];
    const so = byLabel.get(label) ?? { label, images: 0, original: 0, candidate: 0 };
    byLabel.set(label, {
      label,
      images: so.images + 1,
      original: so.original + Number(wasRight),
      candidate: so.candidate + Number(isRight),
    });
    if (wasRight === isRight) continue;
    const place = row.indexOf(label) + 1;
    (wasRight ? lost : won).push({ image, label, original: was[0], candidate: now, place: place > 0 ? place : undefined });
  }
  return { images, lost, won, labels: [...byLabel.values()].sort((a, b) => a.label - b.label) };
}

/** The best classes of every image, by its place in the split. */
function rowsOf(shares: readonly AnsweredShare[]): ReadonlyMap<number, readonly number[]> {
  const rows = new Map<number, readonly number[]>();
  for (const { first, count, classes } of shares) {
    const top = count === 0 ? 0 : Math.floor(classes.length / count);
    if (top > 0) for (let at = 0; at < count; at++) rows.set(first + at, classes.slice(at * top, (at + 1) * top));
  }
  return rows;
}
