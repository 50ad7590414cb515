import {
  latencyUnit,
  sayFixed,
  sayLatencyInterval,
  sayLatencyValue,
  sayPercent,
  sayPercentInterval,
  sayPoints,
  sayPointsInterval,
  saySpeed,
  saySpeedInterval,
} from '@fleetfit/sweep/say-numbers';
import type { CandidateDetail, CandidateEvidence } from '../client/views.ts';
import { ClassMark } from '../frame/class-mark.tsx';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import { Icon, type IconName } from '../frame/icon.tsx';

type Names = ReadonlyMap<string, ClassName>;

/** The figures on every class side by side, each with its interval, and whether it fits there. */
export function ClassStrip({ detail, names }: { readonly detail: CandidateDetail; readonly names: Names }) {
  return (
    <div className="grid border-b border-line sm:grid-cols-[repeat(auto-fit,minmax(300px,1fr))]">
      {detail.classes.map((one) => (
        <OnClass
          key={one.id}
          one={one}
          name={nameOf(names, one.id)}
          rest={names.get(one.id)?.rest ?? ''}
          isOriginal={detail.candidate.isOriginal}
        />
      ))}
    </div>
  );
}

interface OnClassProps {
  readonly one: CandidateEvidence;
  readonly name: string;
  readonly rest: string;
  readonly isOriginal: boolean;
}

function OnClass({ one, name, rest, isOriginal }: OnClassProps) {
  const { latencyMs: latency, speed, verdict, accuracy, accuracyChange: change } = one.on;
  const standing = standingOf(one, isOriginal);
  return (
    <section
      aria-label={name}
      className="min-w-0 border-line px-6 py-4 not-last:border-r max-sm:border-r-0 max-sm:px-4 max-sm:not-last:border-b"
    >
      <h2 className="flex items-center gap-2 font-semibold">
        <ClassMark position={one.position} />
        <span className="truncate">{name}</span> <span className="truncate font-normal text-ink-3">{rest}</span>
      </h2>
      <dl className="mt-2 grid max-w-[480px] grid-cols-3 gap-x-4">
        <Figure
          name="Latency"
          big
          value={latency && sayLatencyValue(latency.value, latency)}
          unit={latency && latencyUnit(latency.value)}
          interval={latency && sayLatencyInterval(latency)}
        />
        <Figure
          name="Speed"
          value={speed && verdict ? saySpeed(speed, verdict) : undefined}
          interval={speed && verdict ? saySpeedInterval(speed) : undefined}
          warns={verdict === 'slower'}
        />
        {change && !isOriginal ? (
          <Figure name="Accuracy" value={`${sayPoints(change.value)} pt`} interval={sayPointsInterval(change)} />
        ) : (
          <Figure name="Accuracy" value={accuracy && sayPercent(accuracy.value)} interval={accuracy && sayPercentInterval(accuracy)} />
        )}
      </dl>
      <p className="mt-2 flex items-start gap-2">
        <Icon name={standing.icon} size={14} className={`mt-[3px] shrink-0 ${standing.tone}`} />
        {standing.words}
      </p>
    </section>
  );
}

interface FigureProps {
  readonly name: string;
  readonly big?: boolean;
  readonly value: string | undefined;
  readonly unit?: string | undefined;
  readonly interval: string | undefined;
  readonly warns?: boolean;
}

function Figure({ name, big = false, value, unit, interval, warns = false }: FigureProps) {
  return (
    <div className="min-w-0">
      <dt className="sr-only">{name}</dt>
      <dd className={`${big ? 'text-title font-semibold' : 'pt-1 font-medium'} ${warns ? 'text-warn' : ''}`}>
        {value ?? '–'}
        {unit && <span className="text-body font-normal text-ink-2"> {unit}</span>}
      </dd>
      <dd className="text-label text-ink-3">{interval ?? ''}</dd>
    </div>
  );
}

interface Standing {
  readonly icon: IconName;
  readonly words: string;
  readonly tone: string;
}

/** Whether a candidate fits on a class, and what breaks. */
function standingOf({ on, limits, isBest }: CandidateEvidence, isOriginal: boolean): Standing {
  if (on.state === 'failed') return { icon: 'warning', words: `Failed: ${on.why ?? 'no reason was given'}`, tone: 'text-bad' };
  if (on.state !== 'measured')
    return { icon: 'clock', words: on.state === 'measuring' ? 'Being measured' : 'Not measured yet', tone: 'text-ink-3' };
  const over =
    limits.latencyMs !== undefined && on.latencyMs && on.latencyMs.value > limits.latencyMs ? on.latencyMs.value - limits.latencyMs : 0;
  if (isOriginal) return { icon: 'original', words: 'The original', tone: 'text-ink-2' };
  switch (on.withinLimits) {
    case 'yes':
      return isBest
        ? { icon: 'star', words: 'Inside every limit. Best for this class', tone: 'text-accent' }
        : { icon: 'check', words: on.onFront ? 'Inside every limit, on the front' : 'Inside every limit', tone: 'text-accent' };
    case 'unclear':
      return {
        icon: 'clock',
        words: `Unclear: the interval reaches over a limit${isBest ? '. Best guess for this class' : ''}`,
        tone: 'text-ink-2',
      };
    case 'no':
      return {
        icon: 'close',
        words:
          over > 0
            ? `Too slow: ${sayFixed(over, over < 10 ? 1 : 0)} ms over the limit`
            : 'Outside the limits: it loses too much, or is too large',
        tone: 'text-bad',
      };
    default:
      return { icon: 'check', words: 'Measured', tone: 'text-ink-2' };
  }
}
