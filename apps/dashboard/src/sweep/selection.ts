'use client';
import { useSearchParams } from 'next/navigation';
import { useCallback, useMemo, useState, useSyncExternalStore } from 'react';

/** One selection for chart, answers, table and log. */
export interface Selection {
  readonly selected: string | undefined;
  /** The candidate in the drawer. */
  readonly open: string | undefined;
  readonly select: (candidate: string | undefined) => void;
  readonly openIt: (candidate: string) => void;
  readonly close: () => void;
  readonly hover: Hover;
}

/** What is pointed at. It changes with every move of the mouse, so it stands outside React: only what shows it is drawn again. */
export interface Hover {
  get(): string | undefined;
  set(candidate: string | undefined): void;
  subscribe(changed: () => void): () => void;
}

/** The selection of a page, held in its address: whoever opens the link sees the same. */
export function useSelection(isKnown: (candidate: string) => boolean): Selection {
  const address = useSearchParams();
  const [chosen, setChosen] = useState({ candidate: address.get('c') ?? undefined, open: address.has('open') });
  const hover = useMemo(makeHover, []);
  const choose = useCallback((candidate: string | undefined, open: boolean) => {
    setChosen({ candidate, open });
    const query = new URLSearchParams(location.search);
    write(query, 'c', candidate);
    write(query, 'open', open ? '1' : undefined);
    history.replaceState(null, '', `?${query}`);
  }, []);
  const select = useCallback((candidate: string | undefined) => choose(candidate, false), [choose]);
  const openIt = useCallback((candidate: string) => choose(candidate, true), [choose]);
  const selected = chosen.candidate !== undefined && isKnown(chosen.candidate) ? chosen.candidate : undefined;
  const close = useCallback(() => choose(selected, false), [choose, selected]);
  return { selected, open: chosen.open ? selected : undefined, select, openIt, close, hover };
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

function write(query: URLSearchParams, name: string, value: string | undefined): void {
  if (value === undefined) query.delete(name);
  else query.set(name, value);
}
