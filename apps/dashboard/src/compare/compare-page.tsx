'use client';
import { sayCount } from '@fleetfit/sweep/say-numbers';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useRouter, useSearchParams } from 'next/navigation';
import { useMemo } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { Empty, ErrorNotice } from '../client/notices.tsx';
import type { CompareView, SweepOverview } from '../client/views.ts';
import { LinkButton } from '../frame/button.tsx';
import { classNames } from '../frame/class-names.ts';
import { Icon } from '../frame/icon.tsx';
import { CandidatePicker } from './candidate-picker.tsx';
import { Disagreements } from './disagreements.tsx';
import { FigureTable } from './figure-table.tsx';
import { RecipeSteps } from './recipe-steps.tsx';

/** Two to four candidates side by side: `/compare?id=SWEEP&c=c034,c041`. Differences are of the second against the first. */
export function ComparePage() {
  const address = useSearchParams();
  const router = useRouter();
  const id = address.get('id') ?? '';
  const ids = (address.get('c') ?? '').split(',').filter((one) => /^c\d+$/.test(one));
  const sweep = useQuery(asks.sweeps.overview.queryOptions({ id }, { enabled: id !== '', refetchInterval: 10_000 }));
  const enough = ids.length >= 2;
  const compared = useQuery(
    asks.sweeps.compare.queryOptions(
      { id, candidates: ids.slice(0, 4) },
      { enabled: id !== '' && enough, refetchInterval: 10_000, placeholderData: keepPreviousData },
    ),
  );
  const choose = (next: readonly string[]) => router.replace(`/compare?id=${id}&c=${next.join(',')}`);
  const error = sweep.error ?? compared.error;
  if (id === '' || !enough)
    return (
      <Empty title="Nothing to compare">
        Choose two candidates of a sweep: press X on their rows, or hold Shift and click their marks. All sweeps are{' '}
        <Link href="/" className="font-medium text-accent underline">
          here
        </Link>
        .
      </Empty>
    );
  return (
    <>
      {sweep.data && <Header sweep={sweep.data} ids={ids} compare={compared.data} choose={choose} />}
      {error && (
        <div className="p-6">
          <ErrorNotice error={error} />
        </div>
      )}
      {sweep.data && compared.data && <Compared sweep={sweep.data} compare={compared.data} />}
    </>
  );
}

interface HeaderProps {
  readonly sweep: SweepOverview;
  readonly ids: readonly string[];
  readonly compare: CompareView | undefined;
  readonly choose: (ids: readonly string[]) => void;
}

function Header({ sweep, ids, compare, choose }: HeaderProps) {
  const [head = '', ...rest] = (compare?.sentence ?? '').split(/(?<=\.) /);
  return (
    <header className="border-b border-line px-6 pt-4 pb-3 max-sm:px-4">
      <nav aria-label="Breadcrumb" className="text-label text-ink-3">
        <Link href="/" className="hover:text-ink">
          Sweeps
        </Link>{' '}
        /{' '}
        <Link href={`/sweep?id=${sweep.id}&x=${ids.join(',')}`} className="hover:text-ink">
          {sweep.name}
        </Link>{' '}
        / Compare
      </nav>
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="text-title">Compare</h1>
        {ids.map((one, at) => (
          <span key={one} className="flex items-center gap-2">
            {at === 1 && (
              <button
                type="button"
                aria-label="Exchange the first two"
                title="Exchange the first two"
                onClick={() => choose([ids[1] ?? one, ids[0] ?? one, ...ids.slice(2)])}
                className="grid size-8 place-items-center rounded-control text-ink-2 hover:bg-sunken pointer-coarse:size-11"
              >
                <Icon name="exchange" />
              </button>
            )}
            <CandidatePicker
              sweep={sweep}
              value={one}
              taken={ids}
              onChange={(next) => choose(ids.map((each) => (each === one ? next : each)))}
            />
            {ids.length > 2 && (
              <button
                type="button"
                aria-label={`Take ${one} away`}
                onClick={() => choose(ids.filter((each) => each !== one))}
                className="grid size-6 place-items-center rounded-pill text-ink-3 hover:bg-sunken hover:text-ink pointer-coarse:size-11"
              >
                <Icon name="close" size={12} />
              </button>
            )}
          </span>
        ))}
        {ids.length < 4 && <CandidatePicker sweep={sweep} value="" taken={ids} onChange={(next) => choose([...ids, next])} />}
        {compare?.settle && (
          <span className="ml-auto max-sm:ml-0">
            <Settle sweep={sweep} settle={compare.settle} />
          </span>
        )}
      </div>
      <p className="mt-1.5 max-w-[100ch] text-ink-2">
        <strong className="text-ink">{head}</strong> {rest.join(' ')}
      </p>
    </header>
  );
}

/** The measurement that would decide: a sweep of these recipes alone, on as many images as it takes. */
function Settle({ sweep, settle }: { readonly sweep: SweepOverview; readonly settle: NonNullable<CompareView['settle']> }) {
  const images = Math.min(settle.images, settle.available);
  if (images <= sweep.images)
    return (
      <p className="max-w-[36ch] text-label text-ink-2">
        About {sayCount(settle.images)} images would settle it; the dataset has {sayCount(settle.available)} for validation.
      </p>
    );
  const query = new URLSearchParams({ model: sweep.model.id, dataset: sweep.dataset.id, images: String(images) });
  for (const recipe of settle.recipes) query.append('recipe', recipe);
  return <LinkButton href={`/new-sweep?${query}`}>Settle it: {sayCount(images - sweep.images)} more images</LinkButton>;
}

function Compared({ sweep, compare }: { readonly sweep: SweepOverview; readonly compare: CompareView }) {
  const names = useMemo(() => classNames(sweep.classes), [sweep.classes]);
  return (
    <>
      <div className="grid border-b border-line lg:grid-cols-[minmax(240px,320px)_minmax(0,1fr)]">
        <RecipeSteps compare={compare} />
        <FigureTable sweep={sweep} compare={compare} names={names} />
      </div>
      <Disagreements compare={compare} datasetId={sweep.dataset.id} />
    </>
  );
}
