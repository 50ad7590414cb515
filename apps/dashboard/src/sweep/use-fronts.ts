'use client';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { type Across, chartSpan, type FrontMarks, frontMarks, type Mark, originalMs } from '../chart/front-marks.ts';
import { asks } from '../client/fleet-client.tsx';
import { useFollowing } from '../client/use-following.ts';
import type { CandidateRow, ClassOverview, SweepOverview } from '../client/views.ts';

/** A chart of some classes. */
export interface Fronts {
  readonly classes: readonly ClassOverview[];
  readonly front: FrontMarks;
}

/** What each panel draws. The crowd comes over the span of all classes together, so that a density is counted once. */
export function useFronts(view: SweepOverview, panels: readonly (readonly ClassOverview[])[], across: Across): readonly Fronts[] {
  const span = chartSpan(view, { across: across === 'ratio' ? 'latency' : across, shown: () => true });
  const asked = useQuery(
    asks.sweeps.crowd.queryOptions(
      { id: view.id, across: across === 'size' ? 'size' : 'latency', x: [...span.xRange], y: [...span.changeRange] },
      { staleTime: 60_000, placeholderData: (before) => before },
    ),
  );
  useFollowing([asked], view.revision, view.counts.all > 2_000 ? 2_000 : 400);
  const crowd = asked.data;
  const key = panels.map((classes) => classes.map((one) => one.id).join(' ')).join('|');
  return useMemo(
    () =>
      panels.map((classes) => ({
        classes,
        front: onSpan(frontMarks(view, { across, shown: (id) => classes.some((one) => one.id === id), crowd }), span, across),
      })),
    [view, crowd, across, key],
  );
}

// A density is a picture of one span: where there is one, every panel shows that span.
function onSpan(front: FrontMarks, { xRange, changeRange }: Pick<FrontMarks, 'xRange' | 'changeRange'>, across: Across): FrontMarks {
  if (front.densities.length === 0) return front;
  return across === 'ratio' ? { ...front, densities: [] } : { ...front, xRange, changeRange };
}

/** Marks of a candidate that the chart itself may not have: it is dominated, and drawn in a crowd. */
export function marksOfOne(view: SweepOverview, candidate: CandidateRow, front: FrontMarks): readonly Mark[] {
  const classes = [...new Set(front.marks.map((mark) => mark.classId))];
  return classes.flatMap((classId): readonly Mark[] => {
    if (front.marks.some((mark) => mark.candidate === candidate.id && mark.classId === classId)) return [];
    const on = candidate.classes.find((one) => one.id === classId);
    const change = on?.accuracyChange;
    const unit = front.across === 'ratio' ? originalMs(view, classId) : 1;
    const x = front.across === 'size' ? candidate.bytes : on?.latencyMs && unit ? on.latencyMs.value / unit : undefined;
    if (!change || x === undefined) return [];
    const position = view.classes.find((one) => one.id === classId)?.position ?? 0;
    const below = change.value < front.changeRange[0];
    return [{ candidate: candidate.id, classId, position, kind: 'dominated', x: { value: x, low: x, high: x }, change, below }];
  });
}
