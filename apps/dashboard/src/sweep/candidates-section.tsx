'use client';
import type { RowFilter, RowOrder } from '@fleetfit/sweep';
import { sayBytes, sayCount, sayFixed, sayThreeDigits } from '@fleetfit/sweep/say-numbers';
import Link from 'next/link';
import { useEffect, useRef, useState } from 'react';
import { useKeys } from '../client/use-keys.ts';
import type { SweepOverview } from '../client/views.ts';
import { Button } from '../frame/button.tsx';
import type { ClassName } from '../frame/class-names.ts';
import { Icon } from '../frame/icon.tsx';
import { SearchField } from '../frame/search-field.tsx';
import { CandidatesList } from './candidates-list.tsx';
import { CandidatesTable, ROW_HEIGHT } from './candidates-table.tsx';
import { saveAsCsv } from './save-as-csv.ts';
import type { ChartBox, Selection } from './selection.ts';
import { type Rows, useRows } from './use-rows.ts';
import { useVirtual } from './use-virtual.ts';

const FILTERS: readonly (readonly [RowFilter, string])[] = [
  ['all', 'All'],
  ['front', 'On a front'],
  ['inside', 'Inside limits'],
  ['not measured', 'Refused or failed'],
];

const NONE_YET = 'Candidates appear here as they are asked for.';
const NO_MATCH = 'No candidate matches. Clear the filter to see all.';

interface SectionProps {
  readonly view: SweepOverview;
  readonly names: ReadonlyMap<string, ClassName>;
  readonly selection: Selection;
  /** What is typed into the filter; other sections write into it too. */
  readonly text: string;
  readonly setText: (text: string) => void;
  /** The class that a phone shows. */
  readonly only: string | undefined;
}

/** The table of candidates: what the chart shows, in figures, and what stopped the others. */
export function CandidatesSection({ view, names, selection, text, setText, only }: SectionProps) {
  const [filter, setFilter] = useState<RowFilter>('all');
  const [order, setOrder] = useState<RowOrder>({ by: { latencyOn: view.classes[0]?.id ?? '' }, descending: false });
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (only !== undefined) setOrder({ by: { latencyOn: only }, descending: false });
  }, [only]);
  const search = useRef<HTMLInputElement>(null);
  const body = useRef<HTMLDivElement>(null);
  const settled = useSettledText(text);
  const [count, setCount] = useState(view.counts.all);
  const seen = useVirtual(body, { count, height: ROW_HEIGHT });
  const rows = useRows(view, { filter, text: settled, order, box: selection.box }, { ...seen, held });
  const total = rows.total ?? 0;
  useEffect(() => setCount(total), [total]);
  const fresh = held && settled === '' && !selection.box ? Math.max(0, view.counts[filter] - total) : 0;
  useRowKeys({ rows, total, selection, search, body });
  const table = { view, names, selection, rows, total, seen, order, setOrder, body };
  return (
    <section aria-labelledby="candidates" className="border-b border-line px-6 py-4 max-sm:px-4">
      <div className="flex flex-wrap items-center gap-3">
        <h2 id="candidates" className="text-section">
          Candidates
        </h2>
        <Filters view={view} filter={filter} setFilter={setFilter} />
        {selection.box && <BoxChip box={selection.box} onRemove={() => selection.brush(undefined)} />}
        {fresh > 0 && (
          <button
            type="button"
            onClick={() => setHeld(false)}
            className="h-6 rounded-pill bg-accent-weak px-2 text-label font-medium text-accent"
          >
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
        <Button onClick={() => void saveAsCsv(view, names)} className="max-sm:hidden">
          CSV
        </Button>
      </div>
      <div
        onPointerEnter={(event) => event.pointerType === 'mouse' && setHeld(true)}
        onPointerLeave={() => setHeld(false)}
        className="mt-2"
      >
        {total === 0 ? (
          <p className="py-6 text-ink-3">{rows.total === undefined ? '' : view.counts.all === 0 ? NONE_YET : NO_MATCH}</p>
        ) : (
          <>
            <CandidatesTable {...table} />
            <CandidatesList {...table} only={only} />
          </>
        )}
      </div>
      <CompareBar view={view} selection={selection} />
    </section>
  );
}

function Filters({
  view,
  filter,
  setFilter,
}: {
  readonly view: SweepOverview;
  readonly filter: RowFilter;
  readonly setFilter: (filter: RowFilter) => void;
}) {
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
          {words} {sayCount(view.counts[name])}
        </button>
      ))}
    </div>
  );
}

function BoxChip({ box, onRemove }: { readonly box: ChartBox; readonly onRemove: () => void }) {
  const across =
    box.across === 'size' ? `${sayBytes(box.from)} to ${sayBytes(box.to)}` : `${sayThreeDigits(box.from)} to ${sayThreeDigits(box.to)} ms`;
  return (
    <span className="flex h-7 items-center gap-1 rounded-pill bg-accent-weak pl-2 text-label">
      {across}, {sayFixed(box.low, 1)} to {sayFixed(box.high, 1)} points
      <button
        type="button"
        aria-label="Remove this filter"
        onClick={onRemove}
        className="grid size-7 place-items-center rounded-pill hover:bg-sunken pointer-coarse:size-11"
      >
        <Icon name="close" size={12} />
      </button>
    </span>
  );
}

/** While candidates are chosen to be compared: which, and the way to the page that does. */
function CompareBar({ view, selection }: { readonly view: SweepOverview; readonly selection: Selection }) {
  const { compared } = selection;
  if (compared.length === 0) return null;
  return (
    <div className="sticky bottom-3 z-20 mx-auto mt-3 flex w-fit max-w-full flex-wrap items-center gap-3 rounded-tile bg-raised px-4 py-2 shadow-floating">
      <p>
        Compare <span className="font-mono text-label font-semibold">{compared.join(', ')}</span>
        {compared.length === 1 && <span className="text-ink-3"> with another: X on its row, or Shift and a click on its mark</span>}
      </p>
      {compared.length > 1 && (
        <Link
          href={`/compare?id=${view.id}&c=${compared.join(',')}`}
          className="inline-flex h-8 items-center rounded-control border border-line-2 px-3 font-medium hover:bg-sunken"
        >
          Compare
        </Link>
      )}
      <button type="button" onClick={selection.clearCompared} className="min-h-6 font-medium text-ink-2 hover:text-ink">
        Clear
      </button>
    </div>
  );
}

/** What is typed, once the fingers rest. */
function useSettledText(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), 150);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

interface KeysOf {
  readonly rows: Rows;
  readonly total: number;
  readonly selection: Selection;
  readonly search: { readonly current: HTMLInputElement | null };
  readonly body: { readonly current: HTMLElement | null };
}

function useRowKeys({ rows, total, selection, search, body }: KeysOf): void {
  const cursor = useRef(0);
  const move = (step: number) => () => {
    const known = selection.selected === undefined ? -1 : rows.indexOf(selection.selected);
    const next = selection.selected === undefined ? 0 : Math.max(0, Math.min(total - 1, (known >= 0 ? known : cursor.current) + step));
    cursor.current = next;
    const row = rows.at(next);
    if (row) selection.select(row.id);
    const top = (body.current?.getBoundingClientRect().top ?? 0) + next * ROW_HEIGHT;
    if (top < 60) scrollBy({ top: top - 60 });
    else if (top + ROW_HEIGHT > innerHeight - 20) scrollBy({ top: top + ROW_HEIGHT - innerHeight + 20 });
  };
  useKeys({
    j: move(1),
    k: move(-1),
    x: () => selection.selected !== undefined && selection.compare(selection.selected),
    Enter: () => selection.selected !== undefined && selection.openIt(selection.selected),
    '/': (event) => {
      event.preventDefault();
      search.current?.focus();
    },
  });
}
