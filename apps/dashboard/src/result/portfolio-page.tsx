'use client';
import { sayBytes, sayPercent, sayPercentInterval, sayPoints, sayPointsInterval } from '@fleetfit/sweep/say-numbers';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useRouter, useSearchParams } from 'next/navigation';
import { useMemo, useState } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { Empty, ErrorNotice } from '../client/notices.tsx';
import type { PortfolioView, SweepOverview } from '../client/views.ts';
import { ClassMark } from '../frame/class-mark.tsx';
import { type ClassName, classNames, nameOf } from '../frame/class-names.ts';
import { Icon, StateMark } from '../frame/icon.tsx';
import { saidState } from '../sweep/sweep-state.ts';
import { FileChoices } from './file-choices.tsx';
import { FileMatrix } from './file-matrix.tsx';
import { InYourApp } from './in-your-app.tsx';

/** What to ship: which files, to which classes, why, and the way to take them away. `/portfolio?id=SWEEP` */
export function PortfolioPage() {
  const wanted = useSearchParams().get('id') ?? undefined;
  const sweeps = useQuery(asks.sweeps.list.queryOptions());
  const id = wanted ?? sweeps.data?.find((one) => one.done > 0)?.id ?? '';
  const sweep = useQuery(
    asks.sweeps.overview.queryOptions({ id }, { enabled: id !== '', refetchInterval: 5_000, placeholderData: keepPreviousData }),
  );
  const asked = useQuery(
    asks.sweeps.portfolio.queryOptions({ id }, { enabled: id !== '', refetchInterval: 5_000, placeholderData: keepPreviousData }),
  );
  const error = sweeps.error ?? sweep.error ?? asked.error;
  if (error)
    return (
      <div className="p-6">
        <h1 className="text-title">Portfolio</h1>
        <ErrorNotice error={error} />
      </div>
    );
  if (id === '')
    return sweeps.data ? (
      <Empty title="Nothing to ship yet">
        Here stands which file to ship to which class of device, once a sweep has measured something.{' '}
        <Link href="/new-sweep" className="font-medium text-accent underline">
          Start a sweep
        </Link>
        .
      </Empty>
    ) : null;
  if (!sweep.data || !asked.data) return null;
  return <Portfolio key={sweep.data.id} sweep={sweep.data} portfolio={asked.data.portfolio} sweeps={sweeps.data ?? []} />;
}

interface PortfolioProps {
  readonly sweep: SweepOverview;
  readonly portfolio: PortfolioView | undefined;
  readonly sweeps: readonly { readonly id: string; readonly name: string }[];
}

function Portfolio({ sweep, portfolio, sweeps }: PortfolioProps) {
  const names = useMemo(() => classNames(sweep.classes), [sweep.classes]);
  const [chosen, setChosen] = useState<number | undefined>(undefined);
  const count = chosen ?? portfolio?.suggested ?? 1;
  const choice = portfolio?.choices[count - 1];
  return (
    <>
      <Header sweep={sweep} sweeps={sweeps} sentence={portfolio?.sentence} choice={choice} count={count} />
      {!portfolio || !choice ? (
        <Empty title="Not every class has a file yet">
          A portfolio needs a candidate inside the limits on every device class.{' '}
          <Link href={`/sweep?id=${sweep.id}`} className="font-medium text-accent underline">
            Open the sweep
          </Link>{' '}
          to see what is missing.
        </Empty>
      ) : (
        <>
          <Answers sweep={sweep} names={names} choice={choice} />
          <FileChoices sweep={sweep} names={names} portfolio={portfolio} count={count} onChoose={setChosen} />
          <div className="grid xl:grid-cols-[minmax(0,1fr)_380px]">
            <FileMatrix sweep={sweep} names={names} portfolio={portfolio} bundle={choice.files} />
            <InYourApp sweep={sweep} names={names} choice={choice} />
          </div>
        </>
      )}
    </>
  );
}

type Choice = PortfolioView['choices'][number];

interface HeaderProps {
  readonly sweep: SweepOverview;
  readonly sweeps: PortfolioProps['sweeps'];
  readonly sentence: string | undefined;
  readonly choice: Choice | undefined;
  readonly count: number;
}

function Header({ sweep, sweeps, sentence = '', choice, count }: HeaderProps) {
  const router = useRouter();
  const state = saidState(sweep.state);
  const [head = '', ...rest] = sentence.split(/(?<=\.) /);
  return (
    <header className="border-b border-line px-6 pt-4 pb-3 max-sm:px-4">
      <p className="text-label text-ink-3">Portfolio</p>
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="text-title">{sweep.name}</h1>
        {sweeps.length > 1 && (
          <select
            aria-label="Sweep"
            value={sweep.id}
            onChange={(event) => router.replace(`/portfolio?id=${event.target.value}`)}
            className="h-8 max-w-40 rounded-control border border-line-2 bg-surface px-2 pointer-coarse:h-11"
          >
            {sweeps.map((one) => (
              <option key={one.id} value={one.id}>
                {one.id} {one.name}
              </option>
            ))}
          </select>
        )}
        <p className={`flex items-center gap-1.5 font-medium ${state.tone}`}>
          <StateMark kind={state.mark} />
          {state.word}
        </p>
        <span className="ml-auto flex flex-wrap gap-2 max-sm:ml-0">
          <Link
            href={`/sweep?id=${sweep.id}`}
            className="inline-flex h-8 items-center rounded-control border border-line-2 px-3 font-medium hover:bg-sunken pointer-coarse:h-11"
          >
            Open sweep
          </Link>
          {choice && (
            <a
              href={`/export/${sweep.id}/bundle-${count}.zip`}
              download
              className="inline-flex h-8 items-center gap-1.5 rounded-control border border-accent bg-accent px-3 font-semibold text-on-accent hover:brightness-95 pointer-coarse:h-11"
            >
              <Icon name="download" size={14} />
              Export bundle, {sayBytes(choice.bytes)}
            </a>
          )}
        </span>
      </div>
      <p className="mt-1.5 text-ink-2">
        <strong className="text-ink">{head}</strong> {rest.join(' ')}
      </p>
    </header>
  );
}

/** Per class: the file, why, and its figure on the test split. */
function Answers({
  sweep,
  names,
  choice,
}: {
  readonly sweep: SweepOverview;
  readonly names: ReadonlyMap<string, ClassName>;
  readonly choice: Choice;
}) {
  return (
    <section aria-label="Recommended files" className="grid border-b border-line sm:grid-cols-[repeat(auto-fit,minmax(260px,1fr))]">
      {sweep.classes.map((one) => {
        const served = choice.classes.find((each) => each.classId === one.id);
        const isBest = served?.candidate === one.best?.candidate;
        return (
          <div
            key={one.id}
            className="border-line px-6 py-4 not-last:border-r max-sm:px-4 max-sm:not-last:border-r-0 max-sm:not-last:border-b"
          >
            <h2 className="flex items-center gap-2">
              <ClassMark position={one.position} size={11} />
              <span className="min-w-0">
                {nameOf(names, one.id)} <span className="font-normal text-ink-3">{names.get(one.id)?.rest}</span>
              </span>
            </h2>
            <p className="mt-1 font-mono text-section font-semibold">{served?.candidate ?? '–'}</p>
            <p className="mt-0.5 text-ink-2">
              {isBest
                ? one.best?.sentence.replace(/^Ship [^:]*: /, '')
                : `Not its own best, ${one.best?.candidate ?? 'none'}: there are fewer files than classes that differ.`}
            </p>
            {isBest && one.best?.test && (
              <p className="mt-1 text-label text-ink-3">
                On the test split, looked at once: {sayPercent(one.best.test.accuracy.value)} ({sayPercentInterval(one.best.test.accuracy)}
                ), {sayPoints(one.best.test.change.value)} pt ({sayPointsInterval(one.best.test.change)}).
              </p>
            )}
            {served && (
              <p className="mt-2 flex flex-wrap gap-x-4 text-label">
                <a href={`/export/${sweep.id}/${one.id}.onnx`} download className={`font-medium text-accent ${isBest ? '' : 'hidden'}`}>
                  Download ONNX
                </a>
                <a href={`/export/${sweep.id}/${one.id}.json`} download className={`font-medium text-accent ${isBest ? '' : 'hidden'}`}>
                  Recipe and conditions
                </a>
              </p>
            )}
          </div>
        );
      })}
    </section>
  );
}
