'use client';
import { sayCount } from '@fleetfit/sweep/say-numbers';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { Empty, ErrorNotice } from '../client/notices.tsx';
import type { DatasetView } from '../client/views.ts';
import { Command } from '../frame/copy-button.tsx';
import { Icon } from '../frame/icon.tsx';
import { ImportLine } from '../models/import-line.tsx';

/** The datasets: how many images, which labels, and what each split is for. */
export function DatasetsPage() {
  const datasets = useQuery(
    asks.datasets.list.queryOptions(undefined, {
      refetchInterval: (query) => (query.state.data?.some((one) => one.state.kind === 'importing') ? 1_000 : 10_000),
    }),
  );
  if (datasets.error)
    return (
      <div className="p-6">
        <ErrorNotice error={datasets.error} />
      </div>
    );
  if (!datasets.data) return null;
  if (datasets.data.length === 0)
    return (
      <Empty title="Datasets will be here">
        <p>Labelled images, split in four: training, calibration, validation, and a test split that is looked at once, for the winners.</p>
        <div className="mt-3">
          <Command text="fleetfit dataset add images/" />
        </div>
      </Empty>
    );
  return (
    <>
      <header className="border-b border-line px-6 py-4 max-sm:px-4">
        <h1 className="text-title">Datasets</h1>
        <div className="mt-1 flex flex-wrap items-center gap-3 text-ink-2">
          Add one in a terminal: <Command text="fleetfit dataset add images/" />
        </div>
      </header>
      {datasets.data.map((dataset) => (
        <OneDataset key={dataset.id} dataset={dataset} />
      ))}
    </>
  );
}

function OneDataset({ dataset }: { readonly dataset: DatasetView }) {
  return (
    <section aria-label={dataset.name} className="border-b border-line px-6 py-4 max-sm:px-4">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h2 className="text-section">{dataset.name}</h2>
        <ImportLine state={dataset.state} ready="Ready" mark />
        <p className="text-label text-ink-3">
          {sayCount(dataset.images)} images, {sayCount(dataset.classes.length)} labels
        </p>
      </div>
      {dataset.state.kind === 'failed' && <ErrorNotice error={{ message: dataset.state.why, data: { next: dataset.state.next } }} />}
      {dataset.splits && <Splits splits={dataset.splits} />}
      <Labels labels={dataset.classes} />
    </section>
  );
}

const SPLITS = [
  { name: 'training', words: 'Training', use: 'distil, fine-tune', texture: 'bg-ink-2' },
  { name: 'calibration', words: 'Calibration', use: 'ranges for int8', texture: 'border border-ink-2' },
  { name: 'validation', words: 'Validation', use: 'every candidate', texture: 'bg-accent' },
  { name: 'test', words: 'Test', use: 'once, for the winners', texture: 'hatch-ink' },
] as const;

function Splits({ splits }: { readonly splits: NonNullable<DatasetView['splits']> }) {
  return (
    <>
      <div aria-hidden="true" className="mt-3 flex h-2.5 max-w-[720px] gap-0.5">
        {SPLITS.map(({ name, texture }) => (
          <span
            key={name}
            className={`basis-0 rounded-[1px] ${texture}`}
            style={{ flexGrow: splits[name], minWidth: splits[name] > 0 ? 6 : 0 }}
          />
        ))}
      </div>
      <dl className="mt-2 grid max-w-[720px] grid-cols-4 gap-3 max-sm:grid-cols-2">
        {SPLITS.map(({ name, words, use, texture }) => (
          <div key={name}>
            <dt className="flex items-center gap-2 text-ink-2">
              <span aria-hidden="true" className={`size-2.5 ${texture}`} />
              {words}
            </dt>
            <dd className="text-section font-semibold">{sayCount(splits[name])}</dd>
            <dd className="flex items-center gap-1 text-label text-ink-3">
              {name === 'test' && <Icon name="lock" size={12} />}
              {use}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

const FEW = 24;

function Labels({ labels }: { readonly labels: readonly string[] }) {
  const [all, setAll] = useState(false);
  if (labels.length === 0) return null;
  const shown = all ? labels : labels.slice(0, FEW);
  return (
    <p className="mt-3 max-w-[96ch] text-label text-ink-2">
      {shown.join(', ')}
      {labels.length > FEW && (
        <button type="button" onClick={() => setAll(!all)} className="ml-1 font-medium text-accent">
          {all ? 'fewer' : `and ${sayCount(labels.length - FEW)} more`}
        </button>
      )}
    </p>
  );
}
