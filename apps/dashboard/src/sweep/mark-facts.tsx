'use client';
import {
  sayBytes,
  sayCount,
  sayLatency,
  sayLatencyInterval,
  sayPoints,
  sayPointsInterval,
  saySpeed,
  saySpeedInterval,
} from '@fleetfit/sweep/say-numbers';
import { useQuery } from '@tanstack/react-query';
import type { Mark } from '../chart/front-marks.ts';
import { asks } from '../client/fleet-client.tsx';
import type { CandidateRow, SweepOverview } from '../client/views.ts';
import { ClassMark } from '../frame/class-mark.tsx';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import { onClass, shownIn } from './candidate-rows.ts';

interface FactsProps {
  readonly mark: Mark;
  readonly view: SweepOverview;
  readonly names: ReadonlyMap<string, ClassName>;
}

/** What the tooltip of a mark says: the same figures as the table, with their intervals. */
export function MarkFacts({ mark, view, names }: FactsProps) {
  const here = shownIn(view, mark.candidate);
  const asked = useQuery(
    asks.sweeps.candidate.queryOptions({ id: view.id, candidate: mark.candidate }, { enabled: here === undefined, staleTime: 10_000 }),
  );
  const candidate = here ?? asked.data;
  return (
    <>
      <p className="flex items-center gap-2">
        <strong className="font-mono">{mark.candidate}</strong>
        <ClassMark position={mark.position} size={10} />
        {nameOf(names, mark.classId)}
      </p>
      {candidate && <Figures candidate={candidate} classId={mark.classId} />}
    </>
  );
}

function Figures({ candidate, classId }: { readonly candidate: CandidateRow; readonly classId: string }) {
  const on = onClass(candidate, classId);
  if (!on) return null;
  const { latencyMs: latency, speed, accuracyChange: change } = on;
  return (
    <>
      <dl className="mt-1 grid grid-cols-[auto_auto] gap-x-4">
        {latency && <Fact value={sayLatency(latency.value, latency)} interval={sayLatencyInterval(latency)} />}
        {candidate.isOriginal ? (
          <Fact value="original" interval="" />
        ) : (
          speed && on.verdict && <Fact value={saySpeed(speed, on.verdict)} interval={saySpeedInterval(speed)} />
        )}
        {change && !candidate.isOriginal && <Fact value={`${sayPoints(change.value)} pt`} interval={sayPointsInterval(change)} />}
        {candidate.bytes !== undefined && <Fact value={sayBytes(candidate.bytes)} interval="" />}
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
