'use client';
import { sayCount } from '@fleetfit/sweep/say-numbers';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { ErrorNotice } from '../client/notices.tsx';
import type { DatasetView, SplitName } from '../client/views.ts';
import { Button } from '../frame/button.tsx';
import { Icon } from '../frame/icon.tsx';
import { SPLITS } from './splits.ts';

const PAGE = 24;

/** Images with their labels, a page at a time, of one split and one label or all. The test split opens only when it is asked for. */
export function Samples({ dataset, splits }: { readonly dataset: DatasetView; readonly splits: NonNullable<DatasetView['splits']> }) {
  const [split, setSplit] = useState<SplitName>(splits.validation > 0 ? 'validation' : 'training');
  const [unlocked, setUnlocked] = useState(false);
  const [label, setLabel] = useState<number | undefined>(undefined);
  const [from, setFrom] = useState(0);
  const locked = split === 'test' && !unlocked;
  const samples = useQuery(
    asks.datasets.samples.queryOptions(
      { id: dataset.id, split, from, count: PAGE, ...(label !== undefined && { label }) },
      { enabled: !locked, placeholderData: keepPreviousData, staleTime: Number.POSITIVE_INFINITY },
    ),
  );
  const total = samples.data?.total ?? 0;
  return (
    <section aria-labelledby="samples" className="border-b border-line px-6 py-4 max-sm:px-4">
      <h3 id="samples" className="text-section">
        Images
      </h3>
      <div className="mt-2 flex flex-wrap items-center gap-3">
        <SplitTabs
          split={split}
          unlocked={unlocked}
          onChoose={(to) => {
            setSplit(to);
            setFrom(0);
          }}
        />
        <select
          aria-label="Label"
          value={label ?? ''}
          onChange={(event) => {
            setLabel(event.target.value === '' ? undefined : Number(event.target.value));
            setFrom(0);
          }}
          className="h-8 max-w-56 rounded-control border border-line-2 bg-surface px-2 max-sm:h-11 pointer-coarse:h-11"
        >
          <option value="">All labels</option>
          {dataset.classes.map((name, at) => (
            <option key={name} value={at}>
              {name}
            </option>
          ))}
        </select>
        {!locked && total > 0 && <Pager from={from} total={total} onGo={setFrom} />}
      </div>
      {samples.error && <ErrorNotice error={samples.error} />}
      {locked ? (
        <Locked count={splits.test} onOpen={() => setUnlocked(true)} />
      ) : (
        <Pictures dataset={dataset} images={samples.data?.images ?? []} none={samples.data?.total === 0} />
      )}
    </section>
  );
}

function SplitTabs({
  split,
  unlocked,
  onChoose,
}: {
  readonly split: SplitName;
  readonly unlocked: boolean;
  readonly onChoose: (split: SplitName) => void;
}) {
  return (
    <div role="group" aria-label="Split" className="flex overflow-hidden rounded-control border border-line-2 max-sm:w-full">
      {SPLITS.map(({ name, words }) => (
        <button
          key={name}
          type="button"
          aria-pressed={name === split}
          onClick={() => onChoose(name)}
          className={`flex h-8 items-center gap-1 border-line-2 px-3 not-first:border-l max-sm:h-11 max-sm:flex-1 max-sm:justify-center max-sm:px-1 pointer-coarse:h-11 ${name === split ? 'bg-line font-semibold' : 'hover:bg-sunken'}`}
        >
          {words}
          {name === 'test' && !unlocked && <Icon name="lock" size={12} />}
        </button>
      ))}
    </div>
  );
}

function Locked({ count, onOpen }: { readonly count: number; readonly onOpen: () => void }) {
  return (
    <div className="mt-3 max-w-[640px] rounded-tile bg-sunken px-4 py-4">
      <p className="flex items-center gap-2 font-semibold">
        <Icon name="lock" /> {sayCount(count)} images that nobody has looked at
      </p>
      <p className="mt-1 text-ink-2">
        They judge the winners, once. Whoever looks at them and then changes the model tunes it to them, and the last figure means less.
        Looking here changes nothing in the product: it is kept closed for you.
      </p>
      <Button onClick={onOpen} className="mt-3">
        Show them all the same
      </Button>
    </div>
  );
}

type Sample = { readonly n: number; readonly name: string; readonly label: number };

function Pictures({
  dataset,
  images,
  none,
}: {
  readonly dataset: DatasetView;
  readonly images: readonly Sample[];
  readonly none: boolean;
}) {
  if (none) return <p className="mt-3 text-ink-2">There is no image of this label in this split.</p>;
  const raw = dataset.encoding !== undefined && dataset.encoding !== 'files';
  return (
    <ul className="mt-3 grid grid-cols-[repeat(auto-fill,minmax(104px,1fr))] gap-x-3 gap-y-4 max-sm:grid-cols-3">
      {images.map((image) => (
        <li key={image.n} className="min-w-0">
          <img
            src={`/picture/dataset/${dataset.id}/${image.n}`}
            alt={`${dataset.classes[image.label] ?? `label ${image.label}`}: ${image.name}`}
            title={image.name}
            loading="lazy"
            className={`aspect-square w-full rounded-pill bg-sunken object-cover ${raw ? '[image-rendering:pixelated]' : ''}`}
          />
          <p className="mt-1 truncate text-label text-ink-2">{dataset.classes[image.label] ?? `label ${image.label}`}</p>
        </li>
      ))}
    </ul>
  );
}

function Pager({ from, total, onGo }: { readonly from: number; readonly total: number; readonly onGo: (from: number) => void }) {
  const to = Math.min(total, from + PAGE);
  return (
    <div className="ml-auto flex items-center gap-2 text-label text-ink-2">
      <span>
        {sayCount(from + 1)} to {sayCount(to)} of {sayCount(total)}
      </span>
      <Button disabled={from === 0} onClick={() => onGo(Math.max(0, from - PAGE))}>
        Previous
      </Button>
      <Button disabled={to >= total} onClick={() => onGo(from + PAGE)}>
        Next
      </Button>
    </div>
  );
}
