'use client';
import { useRouter, useSearchParams } from 'next/navigation';
import { useCallback, useMemo, useState, useSyncExternalStore } from 'react';
import type { Brushed } from '../chart/use-pointing.ts';

/** A brushed part of the chart, with what lay across it then. */
export interface ChartBox extends Brushed {
  readonly across: 'latency' | 'size';
}

/** One selection for chart, answers, table, timeline, knobs and log. */
export interface Selection {
  readonly selected: string | undefined;
  /** Candidates to compare, in the order in which they were added; four at most. */
  readonly compared: readonly string[];
  readonly box: ChartBox | undefined;
  readonly select: (candidate: string | undefined) => void;
  /** Goes to the page of the candidate. */
  readonly openIt: (candidate: string) => void;
  /** Adds a candidate to those compared, or takes it away. */
  readonly compare: (candidate: string) => void;
  readonly clearCompared: () => void;
  readonly brush: (box: ChartBox | undefined) => void;
  readonly hover: Hover;
}

/** What is pointed at. It changes with every move of the mouse, so it stands outside React: only what shows it is drawn again. */
export interface Hover {
  get(): string | undefined;
  set(candidate: string | undefined): void;
  subscribe(changed: () => void): () => void;
}

interface Chosen {
  readonly candidate: string | undefined;
  readonly compared: readonly string[];
  readonly box: ChartBox | undefined;
}

const MOST_COMPARED = 4;

/** The selection of a page, held in its address: whoever opens the link sees the same. */
export function useSelection(sweep: string): Selection {
  const address = useSearchParams();
  const router = useRouter();
  const [chosen, setChosen] = useState((): Chosen => readChosen(address));
  const hover = useMemo(makeHover, []);
  const change = useCallback((part: Partial<Chosen>) => {
    setChosen((before) => {
      const next = { ...before, ...part };
      writeChosen(next);
      return next;
    });
  }, []);
  const actions = useMemo(
    () => ({
      select: (candidate: string | undefined) => change({ candidate }),
      openIt: (candidate: string) => router.push(`/candidate?sweep=${sweep}&id=${candidate}`),
      clearCompared: () => change({ compared: [] }),
      brush: (box: ChartBox | undefined) => change({ box }),
    }),
    [change, router, sweep],
  );
  const { candidate, compared, box } = chosen;
  const compare = (one: string) =>
    change({ compared: compared.includes(one) ? compared.filter((each) => each !== one) : [...compared, one].slice(-MOST_COMPARED) });
  return { ...actions, compare, compared, box, selected: candidate, hover };
}

/** What is pointed at, for what shows whichever it is. */
export function useHovered(hover: Hover): string | undefined {
  return useSyncExternalStore(hover.subscribe, hover.get, () => undefined);
}

/** Whether this one is pointed at: it is drawn again only when that changes. */
export function useIsHovered(hover: Hover, candidate: string): boolean {
  return useSyncExternalStore(
    hover.subscribe,
    () => hover.get() === candidate,
    () => false,
  );
}

function makeHover(): Hover {
  let now: string | undefined;
  const listeners = new Set<() => void>();
  return {
    get: () => now,
    set: (candidate) => {
      if (candidate === now) return;
      now = candidate;
      for (const changed of listeners) changed();
    },
    subscribe: (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
  };
}

function readChosen(address: Pick<URLSearchParams, 'get'>): Chosen {
  return {
    candidate: address.get('c') ?? undefined,
    compared: (address.get('x') ?? '').split(',').filter((one) => /^c\d+$/.test(one)),
    box: readBox(address.get('box')),
  };
}

function writeChosen({ candidate, compared, box }: Chosen): void {
  const query = new URLSearchParams(location.search);
  write(query, 'c', candidate);
  write(query, 'x', compared.length > 0 ? compared.join(',') : undefined);
  write(query, 'box', box && [box.across, box.from, box.to, box.low, box.high].join(','));
  history.replaceState(null, '', `?${query}`);
}

/** `latency,8,20,-1,0` as a box. */
function readBox(text: string | null): ChartBox | undefined {
  const [across, ...ends] = (text ?? '').split(',');
  const [from, to, low, high] = ends.map(Number);
  if (across !== 'latency' && across !== 'size') return undefined;
  if (from === undefined || to === undefined || low === undefined || high === undefined || ends.map(Number).some(Number.isNaN))
    return undefined;
  return { across, from, to, low, high };
}

function write(query: URLSearchParams, name: string, value: string | undefined): void {
  if (value === undefined) query.delete(name);
  else query.set(name, value);
}
