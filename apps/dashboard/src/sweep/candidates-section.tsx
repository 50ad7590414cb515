'use client';
import { sayCount } from '@fleetfit/sweep/say-numbers';
import { type ReactNode, useMemo, useRef, useState } from 'react';
import { useKeys } from '../client/use-keys.ts';
import type { CandidateView, SweepView } from '../client/views.ts';
import type { ClassName } from '../frame/class-names.ts';
import { Icon } from '../frame/icon.tsx';
import { candidateRows, countRows, type RowFilter, type RowOrder } from './candidate-rows.ts';
import { CandidatesList } from './candidates-list.tsx';
import { CandidatesTable } from './candidates-table.tsx';
import { saveAsCsv } from './save-as-csv.ts';
import type { Selection } from './selection.ts';

const FILTERS: readonly (readonly [RowFilter, string])[] = [
  ['all', 'All'],
  ['front', 'On a front'],
  ['inside', 'Inside limits'],
  ['not measured', 'Refused or failed'],
];

interface SectionProps {
  readonly view: SweepView;
  readonly names: ReadonlyMap<string, ClassName>;
  readonly selection: Selection;
}

/** The table of candidates: what the chart shows, in figures, and what stopped the others. */
export function CandidatesSection({ view, names, selection }: SectionProps) {
  const [filter, setFilter] = useState<RowFilter>('all');
  const [text, setText] = useState('');
  const [order, setOrder] = useState<RowOrder>({ by: { latencyOn: view.classes[0]?.id ?? '' }, descending: false });
  const search = useRef<HTMLInputElement>(null);
  const rows = useMemo(() => candidateRows(view.candidates, { filter, text, order }), [view.candidates, filter, text, order]);
  const { held, fresh, hold, release } = useHeldRows(rows);
  useRowKeys(held, selection, search);
  const counts = countRows(view.candidates);
  const table = { view, names, selection, rows: held, order, setOrder };
  return (
    <section aria-labelledby="candidates" className="border-b border-line px-6 py-4 max-sm:px-4">
      <div className="flex flex-wrap items-center gap-3">
        <h2 id="candidates" className="text-section">
          Candidates
        </h2>
        <div
          role="group"
          aria-label="Show"
          className="flex overflow-hidden rounded-control border border-line-2 max-sm:order-last max-sm:w-full max-sm:overflow-x-auto"
        >
          {FILTERS.map(([name, words]) => (
            <FilterButton key={name} pressed={filter === name} onPress={() => setFilter(name)}>
              {words} {sayCount(counts[name])}
            </FilterButton>
          ))}
        </div>
        {fresh > 0 && (
          <button type="button" onClick={release} className="h-6 rounded-pill bg-accent-weak px-2 text-label font-medium text-accent">
            {sayCount(fresh)} new
          </button>
        )}
        <label className="ml-auto flex h-8 items-center gap-2 rounded-control border border-line-2 px-2 text-ink-3 focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent max-sm:ml-0 max-sm:h-11 max-sm:w-full">
          <Icon name="search" size={14} />
          <span className="sr-only">Filter by recipe, id or reason</span>
          <input
            ref={search}
            value={text}
            onChange={(event) => setText(event.target.value)}
            placeholder="Filter by recipe or id"
            className="w-44 bg-transparent text-ink outline-none max-sm:flex-1"
          />
          <kbd className="rounded-pill border border-line px-1.5 text-axis max-sm:hidden">/</kbd>
        </label>
        <button
          type="button"
          onClick={() => saveAsCsv(view, names)}
          className="h-8 rounded-control border border-line-2 px-3 font-medium hover:bg-sunken max-sm:hidden"
        >
          CSV
        </button>
      </div>
      <div onPointerEnter={(event) => event.pointerType === 'mouse' && hold()} onPointerLeave={release} className="mt-2">
        {held.length === 0 ? (
          <p className="py-6 text-ink-3">
            {view.candidates.length === 0
              ? 'Candidates appear here as they are asked for.'
              : 'No candidate matches. Clear the filter to see all.'}
          </p>
        ) : (
          <>
            <CandidatesTable {...table} />
            <CandidatesList {...table} />
          </>
        )}
      </div>
    </section>
  );
}

function FilterButton({
  pressed,
  onPress,
  children,
}: {
  readonly pressed: boolean;
  readonly onPress: () => void;
  readonly children: ReactNode;
}) {
  return (
    <button
      type="button"
      aria-pressed={pressed}
      onClick={onPress}
      className="h-[30px] border-line-2 px-2.5 text-label font-medium whitespace-nowrap text-ink-2 not-last:border-r hover:text-ink aria-pressed:bg-sunken aria-pressed:text-ink pointer-coarse:h-11 max-sm:h-11 max-sm:flex-1"
    >
      {children}
    </button>
  );
}

// Nothing moves under the pointer: while it is in the table the order holds, and what is new waits to be let in.
function useHeldRows(rows: readonly CandidateView[]) {
  const [ids, setIds] = useState<readonly string[] | undefined>(undefined);
  const byId = new Map(rows.map((row): [string, CandidateView] => [row.id, row]));
  const held = ids === undefined ? rows : ids.flatMap((id) => byId.get(id) ?? []);
  return {
    held,
    fresh: rows.length - held.length,
    hold: () => setIds(rows.map((row) => row.id)),
    release: () => setIds(undefined),
  };
}

function useRowKeys(rows: readonly CandidateView[], selection: Selection, search: { readonly current: HTMLInputElement | null }): void {
  const move = (step: number) => () => {
    const now = rows.findIndex((row) => row.id === selection.selected);
    const next = rows[now < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, now + step))];
    if (!next) return;
    selection.select(next.id);
    document.getElementById(`row-${next.id}`)?.scrollIntoView({ block: 'nearest' });
  };
  useKeys({
    j: move(1),
    k: move(-1),
    Enter: () => selection.selected !== undefined && selection.openIt(selection.selected),
    '/': (event) => {
      event.preventDefault();
      search.current?.focus();
    },
  });
}
