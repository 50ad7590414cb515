'use client';
import { sayAgo, sayCount, sayDuration } from '@fleetfit/sweep/say-numbers';
import Link from 'next/link';
import { fleet } from '../client/fleet-client.tsx';
import { StreamLine } from '../client/notices.tsx';
import { useLive } from '../client/use-live.ts';
import { useNow } from '../client/use-now.ts';
import type { SweepRow } from '../client/views.ts';
import { FirstRun } from '../first-run/first-run.tsx';
import { LinkButton } from '../frame/button.tsx';
import { StateMark } from '../frame/icon.tsx';
import { isOver, saidState } from '../sweep/sweep-state.ts';

/** All sweeps, newest first; the first run teaches where there is none. */
export function SweepsPage() {
  const { view, stream } = useLive<readonly SweepRow[]>('sweeps', (listener) => fleet.sweeps.watch.subscribe(undefined, listener));
  const now = useNow(10);
  if (view?.length === 0)
    return (
      <>
        <StreamLine stream={stream} />
        <FirstRun />
      </>
    );
  return (
    <>
      <StreamLine stream={stream} />
      {view && (
        <>
          <header className="flex items-center border-b border-line px-6 py-4 max-sm:px-4">
            <h1 className="flex-1 text-title">Sweeps</h1>
            <LinkButton href="/new-sweep" icon="plus">
              New sweep
            </LinkButton>
          </header>
          <ul>
            {[...view]
              .sort((a, b) => b.number - a.number)
              .map((row) => (
                <Row key={row.id} row={row} now={now} />
              ))}
          </ul>
        </>
      )}
    </>
  );
}

function Row({ row, now }: { readonly row: SweepRow; readonly now: number | undefined }) {
  const state = saidState(row.state);
  const share = row.total === 0 ? 0 : row.done / row.total;
  return (
    <li className="border-b border-line">
      <Link
        href={`/sweep?id=${row.id}`}
        prefetch={false}
        className="grid grid-cols-[minmax(0,2fr)_minmax(0,1fr)_minmax(0,1.4fr)_minmax(0,1fr)] items-center gap-x-6 gap-y-1 px-6 py-3 hover:bg-canvas max-sm:grid-cols-1 max-sm:px-4"
      >
        <span className="min-w-0">
          <span className="block truncate font-semibold">{row.name}</span>
          <span className="block truncate text-label text-ink-3">
            {row.id} · {row.model} on {row.dataset}
          </span>
        </span>
        <span className={`flex items-center gap-1.5 font-medium ${state.tone}`}>
          <StateMark kind={state.mark} />
          {state.word}
        </span>
        <span className="flex items-center gap-3">
          <span aria-hidden="true" className="h-1.5 flex-1 overflow-hidden rounded-[1px] bg-line">
            <span className={`block h-full ${row.state === 'failed' ? 'bg-bad' : 'bg-accent'}`} style={{ width: `${share * 100}%` }} />
          </span>
          <span className="text-label whitespace-nowrap text-ink-2">
            {sayCount(row.done)} of {sayCount(row.total)}
          </span>
        </span>
        <span className="text-label text-ink-2 sm:text-right">{whenOf(row, now)}</span>
      </Link>
    </li>
  );
}

function whenOf(row: SweepRow, now: number | undefined): string {
  if (now === undefined) return '';
  if (row.endedAt !== undefined) return `${sayDuration(row.endedAt - row.startedAt)}, ended ${sayAgo(row.endedAt, now)}`;
  return isOver(row.state) ? '' : `${sayDuration(Math.max(0, now - row.startedAt))} so far`;
}
