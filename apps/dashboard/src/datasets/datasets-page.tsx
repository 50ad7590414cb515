'use client';
import { sayCount } from '@fleetfit/sweep/say-numbers';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useRouter, useSearchParams } from 'next/navigation';
import { useEffect } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { ErrorNotice } from '../client/notices.tsx';
import { useKeys } from '../client/use-keys.ts';
import type { DatasetView } from '../client/views.ts';
import { Command } from '../frame/copy-button.tsx';
import { Icon } from '../frame/icon.tsx';
import { ImportLine } from '../models/import-line.tsx';
import { DropZone } from '../uploads/drop-zone.tsx';
import { UploadRows } from '../uploads/upload-rows.tsx';
import { useUploads } from '../uploads/uploads-store.ts';
import { OneDataset } from './one-dataset.tsx';

/** The datasets: how many images, which labels, what each split is for, and what they look like. */
export function DatasetsPage() {
  const wanted = useSearchParams().get('id');
  const router = useRouter();
  const datasets = useQuery(
    asks.datasets.list.queryOptions(undefined, {
      refetchInterval: (query) => (query.state.data?.some((one) => one.state.kind === 'importing') ? 1_000 : 10_000),
    }),
  );
  const all = datasets.data ?? [];
  const at = Math.max(
    0,
    all.findIndex((one) => one.id === wanted),
  );
  const open = all[at];
  const go = (to: number) => {
    const next = all[to];
    if (next) router.replace(`/datasets?id=${next.id}`);
  };
  useKeys({ j: () => go(at + 1), k: () => go(at - 1) });
  const { refetch } = datasets;
  const uploads = useUploads().length;
  useEffect(() => {
    void refetch();
  }, [uploads, refetch]);
  if (datasets.error && !datasets.data)
    return (
      <div className="p-6">
        <ErrorNotice error={datasets.error} />
      </div>
    );
  if (!datasets.data) return null;
  return (
    <div className="lg:grid lg:min-h-dvh lg:grid-cols-[280px_minmax(0,1fr)]">
      <div className="border-line bg-canvas max-lg:border-b lg:border-r">
        <h1 className="px-6 pt-4 text-title max-sm:px-4">Datasets</h1>
        <div className="flex flex-col gap-1 p-3">
          {all.length > 0 && (
            <ul>
              {all.map((dataset) => (
                <DatasetLink key={dataset.id} dataset={dataset} open={dataset.id === open?.id} />
              ))}
            </ul>
          )}
          <UploadRows kind="dataset" />
        </div>
        <div className="px-3 pb-4">
          <DropZone
            title="Drop labelled images here"
            hint="A zip or a folder with one folder for each label, images with a labels.csv, or the files of MNIST or CIFAR"
            folders
          />
        </div>
      </div>
      {open ? <OneDataset key={open.id} dataset={open} /> : <NoDatasets />}
    </div>
  );
}

function NoDatasets() {
  return (
    <section className="max-w-[640px] px-6 py-12 max-sm:px-4">
      <h2 className="text-section">Datasets will be here</h2>
      <p className="mt-1 text-ink-2">
        Drop a folder or a zip anywhere on this page. Its images are split in four: training, calibration, validation, and a test split that
        is looked at once, for the winners. A few hundred images do; a few thousand tell smaller losses apart.
      </p>
      <p className="mt-4 text-label text-ink-3">Or in a terminal:</p>
      <div className="mt-1">
        <Command text="fleetfit dataset add images/" />
      </div>
    </section>
  );
}

function DatasetLink({ dataset, open }: { readonly dataset: DatasetView; readonly open: boolean }) {
  return (
    <li>
      <Link
        href={`/datasets?id=${dataset.id}`}
        prefetch={false}
        replace
        aria-current={open ? 'true' : undefined}
        className={`flex items-start gap-2.5 rounded-control px-3 py-2 ${open ? 'bg-accent-weak' : 'hover:bg-sunken'}`}
      >
        <Icon name="dataset" className={`mt-0.5 shrink-0 ${open ? 'text-accent' : 'text-ink-3'}`} />
        <span className="min-w-0 flex-1">
          <span className="block truncate font-semibold">{dataset.name}</span>
          <ImportLine state={dataset.state} ready={`${sayCount(dataset.images)} images, ${sayCount(dataset.classes.length)} labels`} />
        </span>
      </Link>
    </li>
  );
}
