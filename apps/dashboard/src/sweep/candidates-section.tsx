'use client';
import { sayCount } from '@fleetfit/sweep/say-numbers';
import { useMemo, useRef, useState } from 'react';
import { useKeys } from '../client/use-keys.ts';
import type { CandidateView, SweepView } from '../client/views.ts';
import { Button } from '../frame/button.tsx';
import type { ClassName } from '../frame/class-names.ts';
import { SearchField } from '../frame/search-field.tsx';
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

const NONE_YET = 'Candidates appear here as they are asked for.';
const NO_MATCH = 'No candidate matches. Clear the filter to see all.';

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
  const table = { view, names, selection, rows: held, order, setOrder };
  return (
    <section aria-labelledby="candidates" className="border-b border-line px-6 py-4 max-sm:px-4">
      <div className="flex flex-wrap items-center gap-3">
        <h2 id="candidates" className="text-section">
          Candidates
        </h2>
        <Filters candidates={view.candidates} filter={filter} setFilter={setFilter} />
        {fresh > 0 && (
          <button type="button" onClick={release} className="h-6 rounded-pill bg-accent-weak px-2 text-label font-medium text-accent">
            {sayCount(fresh)} new
          </button>
        )}
        <SearchField
          label="Filter by recipe, id or reason"
          placeholder="Filter by recipe or id"
          value={text}
          onChange={setText}
          input={search}
          className="ml-auto max-sm:ml-0 max-sm:w-full"
        />
        <Button onClick={() => saveAsCsv(view, names)} className="max-sm:hidden">
          CSV
        </Button>
      </div>
      <div onPointerEnter={(event) => event.pointerType === 'mouse' && hold()} onPointerLeave={release} className="mt-2">
        {held.length === 0 ? (
          <p className="py-6 text-ink-3">{view.candidates.length === 0 ? NONE_YET : NO_MATCH}</p>
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

interface FiltersProps {
  readonly candidates: readonly CandidateView[];
  readonly filter: RowFilter;
  readonly setFilter: (filter: RowFilter) => void;
}

function Filters({ candidates, filter, setFilter }: FiltersProps) {
  const counts = countRows(candidates);
  return (
    <div
      role="group"
      aria-label="Show"
      className="flex overflow-hidden rounded-control border border-line-2 max-sm:order-last max-sm:w-full max-sm:overflow-x-auto"
    >
      {FILTERS.map(([name, words]) => (
        <button
          key={name}
          type="button"
          aria-pressed={filter === name}
          onClick={() => setFilter(name)}
          className="h-[30px] border-line-2 px-2.5 text-label font-medium whitespace-nowrap text-ink-2 not-last:border-r hover:text-ink aria-pressed:bg-sunken aria-pressed:text-ink pointer-coarse:h-11 max-sm:h-11 max-sm:flex-1"
        >
          {words} {sayCount(counts[name])}
        </button>
      ))}
    </div>
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
