'use client';
import { useSearchParams } from 'next/navigation';
import { useMemo, useState } from 'react';
import { fleet } from '../client/fleet-client.tsx';
import { Empty, ErrorNotice, StreamLine } from '../client/notices.tsx';
import { useKeys } from '../client/use-keys.ts';
import { useLive } from '../client/use-live.ts';
import type { SweepView } from '../client/views.ts';
import { classNames } from '../frame/class-names.ts';
import { Announcements } from './announcements.tsx';
import { BestSoFar } from './best-so-far.tsx';
import { CandidateDrawer } from './candidate-drawer.tsx';
import { CandidatesSection } from './candidates-section.tsx';
import { FrontSection } from './front-section.tsx';
import { useSelection } from './selection.ts';
import { SweepDevices } from './sweep-devices.tsx';
import { SweepHeader } from './sweep-header.tsx';
import { SweepLog } from './sweep-log.tsx';

/** One sweep, live. What is selected and open stands in the address: `/sweep?id=…&c=c034`. */
export function SweepPage() {
  const id = useSearchParams().get('id') ?? undefined;
  const { view, stream } = useLive<SweepView>(id, (listener) => fleet.sweeps.follow.subscribe({ id: id ?? '' }, listener));
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
      <Skeleton />
    );
  return (
    <>
      <StreamLine stream={stream} />
      <LiveSweep view={view} />
    </>
  );
}

function LiveSweep({ view }: { readonly view: SweepView }) {
  const names = useMemo(() => classNames(view.classes), [view.classes]);
  const selection = useSelection((candidate) => view.candidates.some((one) => one.id === candidate));
  const [only, setOnly] = useState<string | undefined>(undefined);
  useKeys({
    Escape: () => (selection.open ? selection.close() : selection.select(undefined)),
  });
  return (
    <>
      <SweepHeader view={view} />
      <div className="grid border-b border-line lg:grid-cols-[minmax(0,1fr)_minmax(300px,380px)]">
        <FrontSection view={view} names={names} selection={selection} only={only} setOnly={setOnly} />
        <BestSoFar view={view} names={names} selection={selection} only={only} setOnly={setOnly} />
      </div>
      <SweepDevices view={view} />
      <CandidatesSection view={view} names={names} selection={selection} />
      <SweepLog lines={view.log} selection={selection} />
      {selection.open && <CandidateDrawer view={view} names={names} id={selection.open} onClose={selection.close} />}
      <Announcements view={view} names={names} />
    </>
  );
}

function Skeleton() {
  return (
    <div role="status" aria-label="Loading the sweep" className="skeleton p-6">
      <div className="h-4 w-40 rounded-pill bg-sunken" />
      <div className="mt-2 h-7 w-80 rounded-pill bg-sunken" />
      <div className="mt-6 h-2 rounded-pill bg-sunken" />
      <div className="mt-10 h-[420px] rounded-tile bg-sunken" />
    </div>
  );
}
