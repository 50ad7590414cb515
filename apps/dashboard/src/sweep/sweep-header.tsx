'use client';
import { sayCount, sayDuration, sayLeft } from '@fleetfit/sweep/say-numbers';
import Link from 'next/link';
import { useNow } from '../client/use-now.ts';
import type { SweepOverview } from '../client/views.ts';
import { Changed } from '../frame/changed.tsx';
import { StateMark } from '../frame/icon.tsx';
import { ProgressBar, ProgressLegend } from './progress-bar.tsx';
import { SweepCommands } from './sweep-commands.tsx';
import { isOver, saidState } from './sweep-state.ts';

/** Title, state, goal and progress. */
export function SweepHeader({ view }: { readonly view: SweepOverview }) {
  const state = saidState(view.state);
  const { progress } = view;
  const done = progress.measured + progress.refused + progress.failed;
  return (
    <header className="grid border-b border-line px-6 pt-4 pb-3 max-sm:px-4 sm:grid-cols-[minmax(0,1fr)_auto] sm:gap-x-6">
      <div className="min-w-0">
        <nav aria-label="Breadcrumb" className="text-label text-ink-3">
          <Link href="/" className="hover:text-ink">
            Sweeps
          </Link>{' '}
          / {view.id}
        </nav>
        <div className="flex flex-wrap items-baseline gap-x-3">
          <h1 className="text-title">{view.name}</h1>
          <p className={`flex items-center gap-1.5 font-medium ${state.tone}`}>
            <StateMark kind={state.mark} />
            {state.word}
          </p>
        </div>
      </div>
      <div className="self-end max-sm:order-last max-sm:mt-3">
        <SweepCommands view={view} />
      </div>
      <p className="mt-1 text-ink-2 sm:col-span-2">
        <Goal text={view.goal} />
      </p>
      {view.why && <p className={`mt-1 sm:col-span-2 ${view.state === 'failed' ? 'text-bad' : 'text-warn'}`}>{view.why}</p>}
      <div className="mt-3 sm:col-span-2">
        <ProgressBar progress={progress} />
      </div>
      <div className="mt-1.5 flex flex-wrap sm:col-span-2 gap-x-4 gap-y-1 text-label text-ink-2">
        <p>
          <strong className="text-ink">
            <Changed text={String(done)}>
              {sayCount(done)} of {sayCount(progress.total)}
            </Changed>
          </strong>{' '}
          candidates done
        </p>
        <ProgressLegend progress={progress} />
        <Elapsed view={view} />
      </div>
    </header>
  );
}

function Elapsed({ view }: { readonly view: SweepOverview }) {
  const now = useNow(1);
  const { startedAt, endedAt, left } = view.progress;
  if (now === undefined) return null;
  const spent = sayDuration((endedAt ?? Math.max(now, startedAt)) - startedAt);
  if (isOver(view.state)) return <p className="sm:ml-auto">{view.state === 'done' ? `done in ${spent}` : `ended after ${spent}`}</p>;
  return (
    <p className="sm:ml-auto">
      {spent} so far
      {left && (
        <>
          , <LeftTime text={sayLeft(left)} />
        </>
      )}
    </p>
  );
}

function LeftTime({ text }: { readonly text: string }) {
  const [main = text, interval] = text.split(' (');
  return (
    <>
      <strong className="text-ink">{main}</strong>
      {interval && ` (${interval}`}
    </>
  );
}

// The goal sentence with its figures in bold.
function Goal({ text }: { readonly text: string }) {
  const parts = text.split(/(\b\d[\d.,]*(?:\s(?:ms|s|MB|kB|GB|%|points?))\b)/);
  return (
    <>
      {parts.map((part, at) =>
        at % 2 === 1 ? (
          <strong key={`${at}${part}`} className="text-ink">
            {part}
          </strong>
        ) : (
          part
        ),
      )}
    </>
  );
}
