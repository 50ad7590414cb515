'use client';
import { sayBytes } from '@fleetfit/sweep/say-numbers';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useRouter, useSearchParams } from 'next/navigation';
import { useMemo } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { Empty, ErrorNotice } from '../client/notices.tsx';
import { Bone, Skeleton } from '../client/skeleton.tsx';
import { useKeys } from '../client/use-keys.ts';
import type { CandidateDetail } from '../client/views.ts';
import { classNames } from '../frame/class-names.ts';
import { Icon } from '../frame/icon.tsx';
import { ClassStrip } from './class-strip.tsx';
import { DeviceLatencies } from './device-latencies.tsx';
import { LayerChanges } from './layer-changes.tsx';
import { LabelAccuracy, Mistakes } from './mistakes.tsx';
import { RecipeInWords } from './recipe-in-words.tsx';

/** One candidate whole: `/candidate?sweep=s1&id=c034`. */
export function CandidatePage() {
  const address = useSearchParams();
  const router = useRouter();
  const [sweep, id] = [address.get('sweep') ?? '', address.get('id') ?? ''];
  const { data, error } = useQuery(
    asks.sweeps.detail.queryOptions(
      { id: sweep, candidate: id },
      {
        enabled: sweep !== '' && id !== '',
        refetchInterval: (query) => (isOpen(query.state.data) ? 4_000 : false),
      },
    ),
  );
  const go = (to: string | undefined) => {
    if (to !== undefined) router.replace(`/candidate?sweep=${sweep}&id=${to}`);
  };
  useKeys({
    j: () => go(data?.next),
    k: () => go(data?.previous),
    x: () => router.push(`/compare?id=${sweep}&c=c000,${id}`),
    Escape: () => router.push(`/sweep?id=${sweep}&c=${id}`),
  });
  if (sweep === '' || id === '')
    return (
      <Empty title="No candidate is named">
        Open one from its sweep: press Enter on its row. All sweeps are{' '}
        <Link href="/" className="font-medium text-accent underline">
          here
        </Link>
        .
      </Empty>
    );
  if (error && !data)
    return (
      <div className="p-6">
        <ErrorNotice error={error} />
      </div>
    );
  return data ? <Candidate detail={data} /> : <Waiting />;
}

/** Whether something of it may still come. */
function isOpen(detail: CandidateDetail | undefined): boolean {
  return detail !== undefined && !['measured', 'refused', 'failed'].includes(detail.candidate.state);
}

function Candidate({ detail }: { readonly detail: CandidateDetail }) {
  const names = useMemo(() => classNames(detail.classes), [detail.classes]);
  const stopped = detail.candidate.state === 'refused' || detail.candidate.state === 'failed';
  return (
    <article className="min-w-0">
      <Head detail={detail} />
      {stopped && (
        <div className="border-b border-line px-6 py-4 max-sm:px-4">
          <p className="flex max-w-[88ch] items-start gap-2 rounded-control bg-bad-weak px-3 py-2 text-bad">
            <Icon name={detail.candidate.state === 'refused' ? 'refused' : 'warning'} className="mt-0.5 shrink-0" />
            <span className="min-w-0 break-words">
              {detail.candidate.state === 'refused' ? 'Refused' : 'Failed'}: {detail.candidate.why ?? 'no reason was given'}
            </span>
          </p>
        </div>
      )}
      {!stopped && <ClassStrip detail={detail} names={names} />}
      <div className="grid border-b border-line lg:grid-cols-[minmax(0,2fr)_minmax(0,5fr)]">
        <RecipeInWords detail={detail} />
        <LayerChanges detail={detail} />
      </div>
      <div className="grid border-b border-line xl:grid-cols-[minmax(0,2fr)_minmax(0,1fr)]">
        <DeviceLatencies detail={detail} names={names} />
        <Mistakes detail={detail} names={names} />
      </div>
      <LabelAccuracy detail={detail} names={names} />
    </article>
  );
}

function Head({ detail }: { readonly detail: CandidateDetail }) {
  const { sweep, candidate, previous, next, filePath, aboutPath, originalBytes } = detail;
  const smaller = candidate.bytes === undefined ? undefined : originalBytes / candidate.bytes;
  return (
    <header className="border-b border-line px-6 py-4 max-sm:px-4">
      <nav aria-label="Where this is" className="text-label text-ink-3">
        <Link href="/" className="hover:underline">
          Sweeps
        </Link>{' '}
        /{' '}
        <Link href={`/sweep?id=${sweep.id}&c=${candidate.id}`} className="hover:underline">
          {sweep.name}
        </Link>{' '}
        / Candidates
      </nav>
      <div className="mt-1 flex flex-wrap items-center gap-x-3 gap-y-2">
        <h1 className="font-mono text-title font-semibold">{candidate.id}</h1>
        <p className="flex items-center gap-1 text-label text-ink-3">
          <Step to={previous} sweep={sweep.id} letter="K" words="Previous candidate" />
          <Step to={next} sweep={sweep.id} letter="J" words="Next candidate" />
          <span className="max-sm:hidden">previous, next</span>
        </p>
        <span className="ml-auto flex flex-wrap gap-2 max-sm:ml-0">
          {!candidate.isOriginal && (
            <Link
              href={`/compare?id=${sweep.id}&c=c000,${candidate.id}`}
              prefetch={false}
              className={`${LINK} border-transparent text-ink-2`}
            >
              Compare
            </Link>
          )}
          <a href={aboutPath} download={`${detail.model.id}-${candidate.id}.json`} className={`${LINK} border-line-2`}>
            Receipt
          </a>
          {filePath && (
            <a href={filePath} download className={`${LINK} border-accent bg-accent font-semibold text-on-accent`}>
              <Icon name="download" size={14} /> Download ONNX{candidate.bytes !== undefined && `, ${sayBytes(candidate.bytes)}`}
            </a>
          )}
        </span>
      </div>
      <p className="mt-1 max-w-[96ch] text-ink-2">
        {candidate.sentence.replace(/\.?$/, '.')}
        {smaller !== undefined && !candidate.isOriginal && (
          <>
            {' '}
            {sayBytes(candidate.bytes ?? 0)}, {smaller >= 1 ? `${smaller.toFixed(smaller < 10 ? 1 : 0)}× smaller than` : 'larger than'} the
            original’s {sayBytes(originalBytes)}.
          </>
        )}
      </p>
    </header>
  );
}

const LINK =
  'inline-flex h-8 items-center gap-1.5 rounded-control border px-3 font-medium hover:bg-sunken hover:brightness-95 max-sm:h-11 pointer-coarse:h-11';

interface StepProps {
  readonly to: string | undefined;
  readonly sweep: string;
  readonly letter: string;
  readonly words: string;
}

function Step({ to, sweep, letter, words }: StepProps) {
  const shape = 'grid size-6 place-items-center rounded-pill border border-line-2 font-mono text-axis pointer-coarse:size-11';
  if (to === undefined)
    return (
      <span aria-hidden="true" className={`${shape} opacity-40`}>
        {letter}
      </span>
    );
  return (
    <Link
      href={`/candidate?sweep=${sweep}&id=${to}`}
      replace
      prefetch={false}
      aria-label={`${words}, ${to}`}
      className={`${shape} hover:bg-sunken`}
    >
      {letter}
    </Link>
  );
}

function Waiting() {
  return (
    <Skeleton>
      <div className="border-b border-line px-6 py-4">
        <Bone className="h-4 w-48" />
        <Bone className="mt-2 h-7 w-24" />
        <Bone className="mt-2 h-4 w-96 max-w-full" />
      </div>
      <div className="grid grid-cols-3 gap-6 border-b border-line px-6 py-4">
        {[0, 1, 2].map((at) => (
          <Bone key={at} className="h-20" />
        ))}
      </div>
      <Bone className="mx-6 mt-4 h-72" />
    </Skeleton>
  );
}
