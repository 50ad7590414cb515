'use client';
import type { RowFilter, RowOrder } from '@fleetfit/sweep';
import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { asks } from '../client/fleet-client.tsx';
import { useFollowing } from '../client/use-following.ts';
import type { CandidateRow, SweepOverview } from '../client/views.ts';
import type { ChartBox } from './selection.ts';

/** What the table is asked for. */
export interface RowsWanted {
  readonly filter: RowFilter;
  readonly text: string;
  readonly order: RowOrder;
  readonly box: ChartBox | undefined;
}

export interface Rows {
  /** Rows that match; undefined until it is known. */
  readonly total: number | undefined;
  /** The row at this place, where it is here already. */
  readonly at: (index: number) => CandidateRow | undefined;
  readonly indexOf: (id: string) => number;
}

const PAGE = 100;

/**
 * The rows from `first` to `last`, fetched in pages as they come into view. While `held`, the order stays as it is and only the figures of
 * what is in view are renewed.
 */
export function useRows(
  view: SweepOverview,
  wanted: RowsWanted,
  seen: { readonly first: number; readonly last: number; readonly held: boolean },
): Rows {
  const { first, last, held } = seen;
  const pages = useMemo(() => {
    const [from, to] = [Math.floor(Math.max(0, first) / PAGE), Math.floor(Math.max(0, last) / PAGE)];
    return Array.from({ length: to - from + 1 }, (_, at) => from + at);
  }, [first, last]);
  const order = { by: wanted.order.by, descending: wanted.order.descending };
  const asked = useQueries({
    queries: pages.map((page) =>
      asks.sweeps.rows.queryOptions(
        { id: view.id, ...wanted, order, offset: page * PAGE, limit: PAGE },
        { staleTime: 60_000, placeholderData: keepPreviousData },
      ),
    ),
  });
  useFollowing(asked, held ? undefined : view.revision);
  const found = new Map(pages.map((page, at) => [page, asked[at]?.data]));
  const inView = held ? idsBetween(found, first, last) : [];
  const renewed = useRenewed(view, inView);
  return {
    total: asked.find((one) => one.data)?.data?.total,
    at: (index) => {
      const row = found.get(Math.floor(index / PAGE))?.rows[index % PAGE];
      return row && (renewed.get(row.id) ?? row);
    },
    indexOf: (id) => {
      for (const [page, data] of found) {
        const at = data?.rows.findIndex((row) => row.id === id) ?? -1;
        if (at >= 0) return page * PAGE + at;
      }
      return -1;
    },
  };
}

function idsBetween(
  found: ReadonlyMap<number, { readonly rows: readonly CandidateRow[] } | undefined>,
  first: number,
  last: number,
): string[] {
  const ids: string[] = [];
  for (let index = first; index <= last; index++) {
    const row = found.get(Math.floor(index / PAGE))?.rows[index % PAGE];
    if (row) ids.push(row.id);
  }
  return ids.slice(0, 200);
}

function useRenewed(view: SweepOverview, ids: readonly string[]): ReadonlyMap<string, CandidateRow> {
  const order = { by: 'candidate' as const };
  const asked = useQuery(
    asks.sweeps.rows.queryOptions(
      { id: view.id, ids: [...ids], order, limit: 200 },
      { enabled: ids.length > 0, placeholderData: keepPreviousData },
    ),
  );
  useFollowing([asked], ids.length > 0 ? view.revision : undefined);
  return new Map((ids.length > 0 ? (asked.data?.rows ?? []) : []).map((row) => [row.id, row]));
}
