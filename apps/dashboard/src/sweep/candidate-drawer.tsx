'use client';
import {
  sayBytes,
  sayCount,
  sayLatency,
  sayLatencyInterval,
  sayPercent,
  sayPercentInterval,
  sayPoints,
  sayPointsInterval,
  saySpeed,
  saySpeedInterval,
} from '@fleetfit/sweep/say-numbers';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useEffect, useRef } from 'react';
import { asks } from '../client/fleet-client.tsx';
import type { CandidateOnClass, CandidateView, SweepOverview } from '../client/views.ts';
import { ClassMark } from '../frame/class-mark.tsx';
import { type ClassName, nameOf } from '../frame/class-names.ts';
import { CloseButton } from '../frame/close-button.tsx';
import { CopyButton } from '../frame/copy-button.tsx';
import { Icon } from '../frame/icon.tsx';
import { onClass } from './candidate-rows.ts';
import { verdictOf } from './candidate-verdict.ts';
import { VerdictWords } from './verdict-words.tsx';

interface DrawerProps {
  readonly view: SweepOverview;
  readonly names: ReadonlyMap<string, ClassName>;
  readonly id: string;
  readonly onClose: () => void;
}

/** One candidate whole: its recipe, its figures on every class, and what the passes changed and refused. */
export function CandidateDrawer({ view, names, id, onClose }: DrawerProps) {
  const candidate = useQuery(asks.sweeps.candidate.queryOptions({ id: view.id, candidate: id })).data;
  const self = useFocusMeanwhile(candidate !== undefined);
  if (!candidate) return null;
  return (
    <aside
      ref={self}
      tabIndex={-1}
      aria-label={`Candidate ${id}`}
      className="fixed inset-y-0 right-0 z-40 w-[468px] max-w-full overflow-y-auto border-l border-line bg-canvas p-6 shadow-floating outline-none max-sm:p-4"
    >
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <h2 className="font-mono text-title font-semibold">{id}</h2>
          <p className="text-ink-2">{candidate.sentence}</p>
        </div>
        <CloseButton onClose={onClose} />
      </div>
      <Link
        href={`/candidate?sweep=${view.id}&id=${id}`}
        prefetch={false}
        className="mt-2 inline-flex h-8 items-center gap-1.5 rounded-control border border-line-2 bg-surface px-3 font-medium hover:bg-sunken pointer-coarse:h-11"
      >
        Layers, runs and mistakes <Icon name="next" size={14} />
      </Link>
      <div className="mt-2">
        <VerdictWords verdict={verdictOf(candidate, view, names)} />
      </div>
      <div className="mt-3 flex items-start gap-2 rounded-control bg-sunken py-1.5 pr-1.5 pl-3">
        <code className="min-w-0 flex-1 font-mono text-label break-words">{candidate.recipe}</code>
        <CopyButton text={candidate.recipe} label="Copy the recipe" />
      </div>
      {view.classes.map((one) => (
        <Figures key={one.id} candidate={candidate} classId={one.id} position={one.position} name={nameOf(names, one.id)} />
      ))}
      <History candidate={candidate} />
    </aside>
  );
}

/** Takes the focus, and gives it back to where one came from. */
function useFocusMeanwhile(ready: boolean) {
  const self = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!ready) return;
    const before = document.activeElement;
    self.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, [ready]);
  return self;
}

interface FiguresProps {
  readonly candidate: CandidateView;
  readonly classId: string;
  readonly position: number;
  readonly name: string;
}

function Figures({ candidate, classId, position, name }: FiguresProps) {
  const on = onClass(candidate, classId);
  return (
    <section className="mt-4 border-t border-line pt-3">
      <h3 className="flex items-center gap-2">
        <ClassMark position={position} /> {name}
      </h3>
      {on?.why && <p className="mt-1 text-bad">{on.why}</p>}
      {on && (
        <dl className="mt-1 grid grid-cols-[auto_auto_1fr] gap-x-4 gap-y-0.5">
          {factsOf(candidate, on).map(([what, value, interval]) => (
            <div key={what} className="contents">
              <dt className="text-ink-3">{what}</dt>
              <dd className="text-right font-medium">{value}</dd>
              <dd className="text-ink-3">{interval}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

type Fact = readonly [what: string, value: string, interval: string];

function factsOf({ isOriginal }: CandidateView, on: CandidateOnClass): readonly Fact[] {
  const { latencyMs: latency, speed, verdict, accuracy, accuracyChange: change, memoryBytes: memory } = on;
  const facts: (Fact | undefined)[] = [
    latency && ['Latency, p50', sayLatency(latency.value, latency), `${sayLatencyInterval(latency)}, ${sayCount(latency.count)} blocks`],
    speed && verdict && !isOriginal ? ['Against the original', saySpeed(speed, verdict), saySpeedInterval(speed)] : undefined,
    accuracy && ['Top-1', sayPercent(accuracy.value), `${sayPercentInterval(accuracy)}, ${sayCount(accuracy.count)} images`],
    change && !isOriginal ? ['Change', `${sayPoints(change.value)} pt`, sayPointsInterval(change)] : undefined,
    memory === undefined ? undefined : ['Peak memory', sayBytes(memory), ''],
  ];
  return facts.filter((fact) => fact !== undefined);
}

function History({ candidate }: { readonly candidate: CandidateView }) {
  if (candidate.history.length === 0) return null;
  const size = candidate.bytes === undefined ? '' : `, ${sayBytes(candidate.bytes)}`;
  return (
    <section className="mt-4 border-t border-line pt-3">
      <h3>What the passes did{size}</h3>
      <ol className="mt-1 flex flex-col gap-1">
        {candidate.history.map((entry, at) => (
          <li key={`${at}${entry.layer}`} className="flex items-start gap-2">
            <Icon
              name={entry.kind === 'changed' ? 'check' : 'refused'}
              size={14}
              className={`mt-[3px] shrink-0 ${entry.kind === 'changed' ? 'text-accent' : 'text-warn'}`}
            />
            <p className="min-w-0 text-ink-2">
              <span className="font-mono text-label break-all text-ink">{entry.layer}</span> {entry.what}
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}
