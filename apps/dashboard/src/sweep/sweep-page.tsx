'use client';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'next/navigation';
import { useMemo, useState } from 'react';
import { asks, fleet } from '../client/fleet-client.tsx';
import { Empty, ErrorNotice, StreamLine } from '../client/notices.tsx';
import { Bone, Skeleton } from '../client/skeleton.tsx';
import { useKeys } from '../client/use-keys.ts';
import { useLive } from '../client/use-live.ts';
import type { SweepOverview } from '../client/views.ts';
import { classNames } from '../frame/class-names.ts';
import { Announcements } from './announcements.tsx';
import { BestSoFar } from './best-so-far.tsx';
import { shownIn } from './candidate-rows.ts';
import { CandidatesSection } from './candidates-section.tsx';
import { FrontSection } from './front-section.tsx';
import { HistorySection } from './history-section.tsx';
import { KnobsSection } from './knobs-section.tsx';
import { useSelection } from './selection.ts';
import { SweepHeader } from './sweep-header.tsx';
import { SweepLog } from './sweep-log.tsx';
import { TimelineSection } from './timeline-section.tsx';
import { useWhatIf } from './use-what-if.ts';
import { WhatIfBar } from './what-if-bar.tsx';

/** One sweep, live. What is selected, compared and brushed stands in the address: `/sweep?id=…&c=c034`. */
export function SweepPage() {
  const id = useSearchParams().get('id') ?? undefined;
  const { view, stream } = useLive<SweepOverview>(id, (listener) => fleet.sweeps.followOverview.subscribe({ id: id ?? '' }, listener));
  if (!id)
    return (
      <Empty title="No sweep was named">
        Choose one from the{' '}
        <a className="font-medium text-accent" href="/">
          list of sweeps
        </a>
        .
      </Empty>
    );
  if (!view)
    return stream.kind === 'refused' ? (
      <div className="p-6">
        <ErrorNotice error={stream.error} />
      </div>
    ) : (
      <Skeleton>
        <div className="p-6">
          <Bone className="h-4 w-40" />
          <Bone className="mt-2 h-7 w-80 max-w-full" />
          <Bone className="mt-6 h-2" />
          <Bone className="mt-10 h-[420px]" />
        </div>
      </Skeleton>
    );
  return (
    <>
      <StreamLine stream={stream} />
      <LiveSweep view={view} />
    </>
  );
}

function LiveSweep({ view }: { readonly view: SweepOverview }) {
  const names = useMemo(() => classNames(view.classes), [view.classes]);
  const selection = useSelection(view.id);
  const whatIf = useWhatIf(view);
  const [only, setOnly] = useState<string | undefined>(undefined);
  const [text, setText] = useState('');
  const here = shownIn(view, selection.selected);
  const asked = useQuery(
    asks.sweeps.candidate.queryOptions(
      { id: view.id, candidate: selection.selected ?? '' },
      { enabled: selection.selected !== undefined && here === undefined, staleTime: 10_000 },
    ),
  );
  const selected = here ?? (asked.data?.id === selection.selected ? asked.data : undefined);
  useKeys({
    Escape: () => (selection.box ? selection.brush(undefined) : selection.select(undefined)),
  });
  const shared = { names, selection };
  return (
    <div className="flex flex-col">
      <SweepHeader view={view} />
      <WhatIfBar whatIf={whatIf} view={view} names={names} />
      <div className="grid border-b border-line lg:grid-cols-[minmax(0,1fr)_minmax(300px,380px)]">
        <FrontSection {...shared} view={whatIf.view} selected={selected} only={only} setOnly={setOnly} onLimit={whatIf.move} />
        <BestSoFar {...shared} view={whatIf.view} only={only} setOnly={setOnly} />
      </div>
      <TimelineSection {...shared} view={view} />
      <CandidatesSection {...shared} view={whatIf.view} text={text} setText={setText} only={only} />
      <div className="grid border-b border-line max-sm:order-2 xl:grid-cols-[minmax(0,2fr)_minmax(0,3fr)] xl:[&>*+*]:border-l xl:[&>*+*]:border-line">
        <HistorySection {...shared} view={view} />
        <KnobsSection {...shared} view={view} find={setText} />
      </div>
      <div className="max-sm:order-3">
        <SweepLog lines={view.log} selection={selection} />
      </div>
      <Announcements view={view} names={names} />
    </div>
  );
}
