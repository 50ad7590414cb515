import { sayPoints } from '@fleetfit/sweep/say-numbers';
import type { CandidateRow, SweepOverview } from '../client/views.ts';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import type { IconName } from '../frame/icon.tsx';

/** What is to be thought of a candidate, in a few words, with the icon that says the same. */
export interface Verdict {
  readonly icon: IconName;
  readonly text: string;
  readonly tone: 'good' | 'plain' | 'warn' | 'bad';
}

/** The verdict of the table: what stopped it, what is still missing, or where it fits. */
export function verdictOf(candidate: CandidateRow, sweep: SweepOverview, names: ReadonlyMap<string, ClassName>): Verdict {
  if (candidate.isOriginal) return { icon: 'original', text: 'Original', tone: 'plain' };
  switch (candidate.state) {
    case 'refused':
      return { icon: 'refused', text: `Refused: ${candidate.why ?? 'a pass did not apply'}`, tone: 'bad' };
    case 'failed':
      return { icon: 'warning', text: `Failed: ${candidate.why ?? 'no reason was given'}`, tone: 'bad' };
    case 'waiting':
      return { icon: 'clock', text: 'Queued', tone: 'plain' };
    case 'compressing':
      return { icon: 'clock', text: 'Compressing', tone: 'plain' };
    case 'measuring': {
      const left = candidate.classes.filter((one) => one.state === 'waiting' || one.state === 'measuring').length;
      return { icon: 'clock', text: `Measuring, ${left} ${left === 1 ? 'class' : 'classes'} left`, tone: 'plain' };
    }
    default:
      return verdictOnMeasured(candidate, sweep, names);
  }
}

function verdictOnMeasured(candidate: CandidateRow, sweep: SweepOverview, names: ReadonlyMap<string, ClassName>): Verdict {
  const list = (ids: readonly string[]) => joinNames(ids.map((id) => nameOf(names, id)));
  const best = sweep.classes.filter((one) => one.best?.candidate === candidate.id).map((one) => one.id);
  if (best.length > 0) return { icon: 'star', text: `Best for ${list(best)}`, tone: 'good' };
  const failed = candidate.classes.find((one) => one.state === 'failed');
  if (failed) return { icon: 'warning', text: `Failed on ${list([failed.id])}: ${failed.why ?? 'no reason was given'}`, tone: 'bad' };
  const within = (what: string) => candidate.classes.filter((one) => one.withinLimits === what).map((one) => one.id);
  const inside = within('yes');
  if (inside.length > 0 && inside.length === candidate.classes.length) return { icon: 'check', text: 'Inside every limit', tone: 'good' };
  if (inside.length > 0) return { icon: 'check', text: `Inside limits on ${list(inside)}`, tone: 'good' };
  if (within('unclear').length > 0) return { icon: 'clock', text: `Unclear${mayLose(candidate)}`, tone: 'plain' };
  if (within('no').length > 0) return { icon: 'close', text: 'Outside the limits', tone: 'plain' };
  return candidate.classes.some((one) => one.onFront)
    ? { icon: 'check', text: 'On the front', tone: 'good' }
    : { icon: 'close', text: 'Not better', tone: 'plain' };
}

function mayLose(candidate: CandidateRow): string {
  const lows = candidate.classes.flatMap((one) => (one.withinLimits === 'unclear' && one.accuracyChange ? [one.accuracyChange.low] : []));
  const worst = Math.min(...lows);
  return worst < 0 && Number.isFinite(worst) ? `: may lose up to ${sayPoints(-worst)} points` : '';
}

/** `a`, `a and b`, `a, b and c`. */
export function joinNames(names: readonly string[]): string {
  if (names.length < 2) return names[0] ?? '';
  return `${names.slice(0, -1).join(', ')} and ${names[names.length - 1] ?? ''}`;
}
