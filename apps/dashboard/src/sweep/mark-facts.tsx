import {
  sayCount,
  sayLatency,
  sayLatencyInterval,
  sayPoints,
  sayPointsInterval,
  saySpeed,
  saySpeedInterval,
} from '@fleetfit/sweep/say-numbers';
import type { Mark } from '../chart/front-marks.ts';
import type { SweepView } from '../client/views.ts';
import { ClassMark } from '../frame/class-mark.tsx';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import { onClass } from './candidate-rows.ts';

/** What the tooltip of a mark says: the same figures as the table, with their intervals. */
export function MarkFacts({
  mark,
  view,
  names,
}: {
  readonly mark: Mark;
  readonly view: SweepView;
  readonly names: ReadonlyMap<string, ClassName>;
}) {
  const candidate = view.candidates.find((one) => one.id === mark.candidate);
  const on = candidate && onClass(candidate, mark.classId);
  if (!candidate || !on) return null;
  const { latencyMs: latency, speed, accuracyChange: change } = on;
  return (
    <>
      <p className="flex items-center gap-2">
        <strong className="font-mono">{candidate.id}</strong>
        <ClassMark position={mark.position} size={10} />
        {nameOf(names, mark.classId)}
      </p>
      <dl className="mt-1 grid grid-cols-[auto_auto] gap-x-4">
        {latency && <Fact value={sayLatency(latency.value, latency)} interval={sayLatencyInterval(latency)} />}
        {candidate.isOriginal ? (
          <Fact value="original" interval="" />
        ) : (
          speed && on.verdict && <Fact value={saySpeed(speed, on.verdict)} interval={saySpeedInterval(speed)} />
        )}
        {change && !candidate.isOriginal && <Fact value={`${sayPoints(change.value)} pt`} interval={sayPointsInterval(change)} />}
      </dl>
      <p className="mt-1 border-t border-line pt-1 text-label text-ink-3">
        {candidate.sentence}
        {latency && `; ${sayCount(latency.count)} blocks`}
        {on.state === 'measuring' && ', so far'}
      </p>
    </>
  );
}

function Fact({ value, interval }: { readonly value: string; readonly interval: string }) {
  return (
    <>
      <dt className="font-semibold">{value}</dt>
      <dd className="text-right text-ink-3">{interval}</dd>
    </>
  );
}
