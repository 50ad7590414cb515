'use client';
import { sayCount } from '@fleetfit/sweep/say-numbers';
import { useState } from 'react';
import type { DatasetView } from '../client/views.ts';
import { sayBalance } from './say-balance.ts';

const FEW = 24;

/** How many images each label has. */
export function ClassBalance({ dataset }: { readonly dataset: DatasetView }) {
  const [all, setAll] = useState(false);
  const { classes, imagesByClass: counts } = dataset;
  if (classes.length === 0) return null;
  const most = Math.max(1, ...counts);
  const shown = all ? classes : classes.slice(0, FEW);
  return (
    <section aria-labelledby="labels" className="border-b border-line px-6 py-4 max-sm:px-4">
      <div className="flex flex-wrap items-baseline gap-x-3">
        <h3 id="labels" className="text-section">
          Labels
        </h3>
        <p className="text-label text-ink-2">{sayBalance(classes, counts)}</p>
      </div>
      <ol className="mt-2 grid grid-cols-[repeat(auto-fill,minmax(260px,1fr))] gap-x-8">
        {shown.map((name, label) => (
          <li key={name} className="grid grid-cols-[32px_minmax(0,1fr)_48px_80px] items-center gap-2 py-0.5 text-label">
            <span className="text-right text-ink-3">{label}</span>
            <span className="truncate">{name}</span>
            <span className="text-right text-ink-2">{counts[label] === undefined ? '' : sayCount(counts[label])}</span>
            <span aria-hidden="true" className="h-1.5 bg-ink-3" style={{ width: `${((counts[label] ?? 0) / most) * 100}%` }} />
          </li>
        ))}
      </ol>
      {classes.length > FEW && (
        <button type="button" onClick={() => setAll(!all)} className="mt-1 min-h-6 text-label font-medium text-accent">
          {all ? 'Fewer' : `${sayCount(classes.length - FEW)} more`}
        </button>
      )}
    </section>
  );
}
