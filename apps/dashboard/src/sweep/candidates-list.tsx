'use client';
import { MISSING, sayCount, sayLatency, sayLatencyMargin, sayPoints, sayPointsMargin } from '@fleetfit/sweep/say-numbers';
import { useState } from 'react';
import type { CandidateRow } from '../client/views.ts';
import { nameOf } from '../frame/class-names.ts';
import { onClass } from './candidate-rows.ts';
import { verdictOf } from './candidate-verdict.ts';
import type { CandidatesProps } from './candidates-table.tsx';
import { VerdictWords } from './verdict-words.tsx';

const AT_FIRST = 6;
const MORE = 100;

/** The same rows on a phone: one class's figures, two lines each. The figures are those of the class that the list is sorted by. */
export function CandidatesList({
  view,
  names,
  selection,
  rows,
  total,
  order,
  setOrder,
  only,
}: CandidatesProps & { readonly only: string | undefined }) {
  const [most, setMost] = useState(AT_FIRST);
  const classId = typeof order.by === 'object' ? order.by.latencyOn : (only ?? view.classes[0]?.id ?? '');
  const shown = Array.from({ length: Math.min(most, total) }, (_, place) => rows.at(place)).filter((row) => row !== undefined);
  return (
    <div className="sm:hidden">
      <label className="flex items-center gap-2 py-1 text-ink-2">
        Fastest on
        <select
          value={classId}
          onChange={(event) => setOrder({ by: { latencyOn: event.target.value }, descending: false })}
          className="h-11 min-w-0 flex-1 rounded-control border border-line-2 bg-surface px-2 text-ink"
        >
          {view.classes.map((one) => (
            <option key={one.id} value={one.id}>
              {nameOf(names, one.id)}
            </option>
          ))}
        </select>
      </label>
      <ul>
        {shown.map((row) => (
          <Row key={row.id} row={row} classId={classId} view={view} names={names} selection={selection} />
        ))}
      </ul>
      {total > most && (
        <button type="button" onClick={() => setMost(Math.min(total, most + MORE))} className="h-11 w-full font-medium">
          {total <= most + MORE ? `Show all ${sayCount(total)}` : `Show ${MORE} more of ${sayCount(total)}`}
        </button>
      )}
    </div>
  );
}

type RowProps = Pick<CandidatesProps, 'view' | 'names' | 'selection'> & { readonly row: CandidateRow; readonly classId: string };

function Row({ row, classId, view, names, selection }: RowProps) {
  const on = onClass(row, classId);
  const selected = selection.selected === row.id;
  const { latencyMs: latency, accuracyChange: change } = on ?? {};
  return (
    <li className={`-mx-4 border-line px-4 ${selected ? 'bg-accent-weak' : ''}`}>
      <button
        type="button"
        aria-pressed={selected}
        onClick={() => (selected ? selection.openIt(row.id) : selection.select(row.id))}
        className="grid w-full grid-cols-[minmax(0,1fr)_auto] gap-x-3 border-b border-line py-3 text-left"
      >
        <span className="flex min-w-0 items-start gap-2">
          <span className="font-mono text-label leading-4 font-semibold">{row.id}</span>
          <VerdictWords verdict={verdictOf(row, view, names)} />
        </span>
        <span className="text-right whitespace-nowrap">
          <strong>{latency ? sayLatency(latency.value, latency) : MISSING}</strong>{' '}
          <span className="text-label text-ink-3">{latency && sayLatencyMargin(latency)}</span>
        </span>
        <span className="text-ink-2">{row.sentence}</span>
        <span className="text-right text-label leading-5 whitespace-nowrap text-ink-3">
          {change && !row.isOriginal ? `${sayPoints(change.value)} pt ${sayPointsMargin(change)}` : ''}
        </span>
      </button>
    </li>
  );
}
