'use client';
import { sayBytes, sayClock, sayCount } from '@fleetfit/sweep/say-numbers';
import { ErrorNotice } from '../client/notices.tsx';
import type { DatasetView } from '../client/views.ts';
import { Icon } from '../frame/icon.tsx';
import { ImportLine } from '../models/import-line.tsx';
import { ClassBalance } from './class-balance.tsx';
import { Samples } from './samples.tsx';
import { sayResolution } from './say-resolution.ts';
import { SPLITS } from './splits.ts';

/** One dataset whole: its splits, its images, and how evenly its labels are spread. */
export function OneDataset({ dataset }: { readonly dataset: DatasetView }) {
  const ready = dataset.state.kind === 'ready';
  return (
    <article className="min-w-0">
      <header className="border-b border-line px-6 py-4 max-sm:px-4">
        <div className="flex flex-wrap items-baseline gap-x-3">
          <h2 className="min-w-0 text-title break-words">{dataset.name}</h2>
          <ImportLine state={dataset.state} ready="Ready" mark />
        </div>
        <p className="mt-1 text-ink-2">
          {ready && (
            <>
              <strong className="text-ink">
                {sayCount(dataset.images)} images, {sayCount(dataset.classes.length)} labels.
              </strong>{' '}
              {sayFormat(dataset)}{' '}
            </>
          )}
          Added at {sayClock(dataset.addedAt)}.
        </p>
        {dataset.state.kind === 'failed' && (
          <div className="mt-2">
            <ErrorNotice error={{ message: dataset.state.why, data: { next: dataset.state.next } }} />
          </div>
        )}
      </header>
      {dataset.splits && <Splits splits={dataset.splits} />}
      {dataset.splits && ready && <Samples dataset={dataset} splits={dataset.splits} />}
      {ready && <ClassBalance dataset={dataset} />}
      {ready && (
        <p className="flex items-start gap-2 px-6 py-4 text-label text-ink-3 max-sm:px-4">
          <Icon name="lock" size={14} className="mt-px shrink-0" />
          <span className="max-w-[88ch]">
            Devices get validation images, decoded and named by hash, and test images once for the winners. They never get the other splits,
            file names or labels.
          </span>
        </p>
      )}
    </article>
  );
}

const FORMATS: Readonly<Record<string, string>> = {
  folder: 'One folder for each label',
  csv: 'Labels from labels.csv',
  mnist: 'MNIST idx files',
  cifar: 'CIFAR binary files',
};

function sayFormat({ format, encoding, bytes, seed }: DatasetView): string {
  const said = [
    FORMATS[format ?? ''],
    encoding === undefined || encoding === 'files' ? undefined : `${encoding.replaceAll('x', '×')} pixels each`,
    bytes === undefined ? undefined : sayBytes(bytes),
    seed === undefined ? undefined : `split by seed ${seed}`,
  ].filter((part) => part !== undefined);
  return said.length === 0 ? '' : `${said.join(', ')}.`;
}

function Splits({ splits }: { readonly splits: NonNullable<DatasetView['splits']> }) {
  return (
    <section aria-labelledby="splits" className="border-b border-line px-6 py-4 max-sm:px-4">
      <h3 id="splits" className="text-section">
        Splits
      </h3>
      <div aria-hidden="true" className="mt-2 flex h-2.5 max-w-[880px] gap-0.5">
        {SPLITS.map(({ name, texture }) => (
          <span
            key={name}
            className={`basis-0 rounded-[1px] ${texture}`}
            style={{ flexGrow: splits[name], minWidth: splits[name] > 0 ? 6 : 0 }}
          />
        ))}
      </div>
      <dl className="mt-2 grid max-w-[880px] grid-cols-4 gap-3 max-sm:grid-cols-2">
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
      {splits.validation > 0 && (
        <p className="mt-3 flex items-center gap-2 text-label text-ink-2">
          <Icon name="eye" size={14} className="shrink-0 text-ink-3" />
          {sayResolution(splits.validation)}
        </p>
      )}
    </section>
  );
}
