'use client';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { MovedLimit } from '../chart/limit-pills.tsx';
import { asks } from '../client/fleet-client.tsx';
import type { SweepOverview } from '../client/views.ts';

type Limits = SweepOverview['classes'][number]['limits'];

export interface WhatIf {
  /** The sweep as it would be; the sweep as it is where no limit was moved. */
  readonly view: SweepOverview;
  /** Limits that were moved, by class id; undefined while none is. */
  readonly moved: Readonly<Record<string, Limits>> | undefined;
  readonly move: (limit: MovedLimit) => void;
  readonly putBack: () => void;
  readonly apply: () => void;
  readonly applying: boolean;
  readonly error: { readonly message: string } | null;
}

/** Limits that are dragged about: verdicts as they would be, until they are applied or put back. */
export function useWhatIf(view: SweepOverview): WhatIf {
  const [moved, setMoved] = useState<Readonly<Record<string, Limits>> | undefined>(undefined);
  const limits = limitsWith(view, moved);
  const settled = useSettled(limits, 120);
  const asked = useQuery(
    asks.sweeps.whatIf.queryOptions({ id: view.id, ...settled }, { enabled: moved !== undefined, placeholderData: keepPreviousData }),
  );
  const limit = useMutation(asks.sweeps.limit.mutationOptions({ onSuccess: () => setMoved(undefined) }));
  const classes = view.classes.map((one) => {
    const then = moved === undefined ? undefined : asked.data?.classes.find((each) => each.id === one.id);
    return { ...one, ...(then && { best: then.best }), limits: { ...one.limits, ...moved?.[one.id] } };
  });
  return {
    view: moved === undefined ? view : { ...view, classes, counts: asked.data?.counts ?? view.counts },
    moved,
    move: (one) => setMoved((before) => withMoved(view, before ?? {}, one)),
    putBack: () => setMoved(undefined),
    apply: () => limit.mutate({ id: view.id, ...limits }),
    applying: limit.isPending,
    error: limit.error,
  };
}

function withMoved(view: SweepOverview, before: Readonly<Record<string, Limits>>, { axis, classIds, value }: MovedLimit) {
  const after: Record<string, Limits> = { ...before };
  for (const id of classIds) {
    const now = after[id] ?? view.classes.find((one) => one.id === id)?.limits ?? {};
    const what: keyof Limits =
      axis === 'change' ? 'accuracyDropPoints' : now.sizeBytes !== undefined && now.latencyMs === undefined ? 'sizeBytes' : 'latencyMs';
    after[id] = { ...now, [what]: axis === 'change' ? Math.abs(value) : what === 'sizeBytes' ? Math.round(value) : value };
  }
  return after;
}

/** Limits of every class by itself, since those that were moved may differ now. */
function limitsWith(view: SweepOverview, moved: Readonly<Record<string, Limits>> | undefined) {
  const classConstraints = Object.fromEntries(view.classes.map((one) => [one.id, { ...one.limits, ...moved?.[one.id] }]));
  const drops = Object.values(classConstraints).flatMap((each) => each.accuracyDropPoints ?? []);
  const everywhere = drops.length === view.classes.length && new Set(drops).size === 1 ? { accuracyDropPoints: drops[0] ?? 0 } : {};
  return { constraints: everywhere, classConstraints };
}

/** A value that is taken over once it has stood still for a moment. */
function useSettled<Value>(value: Value, forMs: number): Value {
  const [settled, setSettled] = useState(value);
  const key = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(JSON.parse(key) as Value), forMs);
    return () => clearTimeout(timer);
  }, [key, forMs]);
  return settled;
}
