import type { Measured } from '../keeping/history.ts';

/** Slower than this times the start is more than what runs vary by. */
const NOTABLE = 1.15;

/**
 * How much slower the original runs now than it did at its best in the same sweep, as far as today's measurements tell; undefined
 * without any. A hot phone slows down, and so does a busy one: no browser tells which.
 */
export function driftOf(history: readonly Measured[], now: Date): { readonly times: number; readonly slower: boolean } | undefined {
  const [last] = history;
  if (last?.controlMs === undefined) return undefined;
  const day = now.toDateString();
  const controls = history
    .filter(({ sweep, at }) => sweep === last.sweep && new Date(at).toDateString() === day)
    .flatMap(({ controlMs }) => controlMs ?? []);
  const times = last.controlMs / Math.min(last.controlMs, ...controls);
  return { times, slower: times >= NOTABLE };
}
