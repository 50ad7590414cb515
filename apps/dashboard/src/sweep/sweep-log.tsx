'use client';
import { sayClock } from '@fleetfit/sweep/say-numbers';
import { useState } from 'react';
import type { LogLine } from '../client/views.ts';
import type { Selection } from './selection.ts';

const FEW = 8;

/** What happened, newest first; ids select their candidate. */
export function SweepLog({ lines, selection }: { readonly lines: readonly LogLine[]; readonly selection: Selection }) {
  const [all, setAll] = useState(false);
  const newest = [...lines].reverse();
  const shown = all ? newest : newest.slice(0, FEW);
  return (
    <section aria-labelledby="log" className="px-6 py-4 max-sm:px-4">
      <h2 id="log" className="text-section">
        Log
      </h2>
      {lines.length === 0 && <p className="text-ink-3">Nothing has happened yet.</p>}
      <ol className="mt-1">
        {shown.map((line) => (
          <li key={`${line.at}${line.text}`} className="flex gap-3 py-0.5">
            <time dateTime={new Date(line.at).toISOString()} className="shrink-0 text-label leading-5 text-ink-3">
              {sayClock(line.at)}
            </time>
            <p className="min-w-0 text-ink-2">
              <Linked text={line.text} selection={selection} />
            </p>
          </li>
        ))}
      </ol>
      {newest.length > FEW && (
        <button type="button" onClick={() => setAll(!all)} className="mt-2 min-h-6 font-medium text-accent pointer-coarse:min-h-11">
          {all ? 'Show fewer' : `Show all ${newest.length}`}
        </button>
      )}
    </section>
  );
}

function Linked({ text, selection }: { readonly text: string; readonly selection: Selection }) {
  return text.split(/\b(c\d{3,})\b/).map((part, at) =>
    at % 2 === 1 ? (
      <button
        key={`${at}${part}`}
        type="button"
        onClick={() => selection.select(part)}
        className="font-mono text-label font-semibold text-ink hover:underline"
      >
        {part}
      </button>
    ) : (
      part
    ),
  );
}
