'use client';
import { sayClock } from '@fleetfit/sweep/say-numbers';
import type { ReactNode } from 'react';
import { CopyButton } from '../frame/copy-button.tsx';
import { Icon } from '../frame/icon.tsx';
import { RETRY_SECONDS, type Stream } from './use-live.ts';

interface SaidError {
  readonly message: string;
  readonly data?: { readonly next?: string | undefined } | null | undefined;
}

/** An error in the place of the part that failed: what and why in its sentence, what now, and all of it to copy. */
export function ErrorNotice({ error, children }: { readonly error: SaidError; readonly children?: ReactNode }) {
  const next = error.data?.next;
  return (
    <div role="alert" className="flex items-start gap-2 rounded-control bg-bad-weak px-3 py-2 text-bad">
      <Icon name="warning" className="mt-0.5 shrink-0" />
      <div className="min-w-0 flex-1">
        <p className="break-words">
          {error.message === 'Failed to fetch' ? 'The coordinator cannot be reached. Is `fleetfit up` running?' : error.message}
        </p>
        {next && <p className="font-mono text-label text-ink">{next}</p>}
        {children}
      </div>
      <CopyButton text={next ? `${error.message}\ntry: ${next}` : error.message} label="Copy this error" />
    </div>
  );
}

/** One line while the stream is lost; what was seen last stays on the page. */
export function StreamLine({ stream }: { readonly stream: Stream }) {
  if (stream.kind === 'refused') return <ErrorNotice error={stream.error} />;
  if (stream.kind !== 'lost') return null;
  return (
    <p role="status" className="flex items-center gap-2 bg-warn-weak px-6 py-1.5 text-warn max-sm:px-4">
      <Icon name="warning" />
      Live updates stopped at {sayClock(stream.at)}. Trying again every {RETRY_SECONDS} s.
    </p>
  );
}

/** What will be here, and the one action that fills it. */
export function Empty({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className="mx-6 my-12 max-w-[560px] max-sm:mx-4">
      <h2 className="text-section">{title}</h2>
      <div className="mt-1 text-ink-2">{children}</div>
    </div>
  );
}
