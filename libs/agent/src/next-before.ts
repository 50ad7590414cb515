import { milliseconds } from '@fleetfit/core';
import type { TimePort } from './ports.ts';

/** The next item, or undefined once `due` has come or the signal aborts. No due: waits for an item alone. An item is never lost to the timer. */
export async function nextBefore<Item>(
  due: number | undefined,
  items: { next(signal: AbortSignal): Promise<Item> },
  { time, signal }: { readonly time: TimePort; readonly signal: AbortSignal },
): Promise<Item | undefined> {
  const enough = new AbortController();
  const either = AbortSignal.any([signal, enough.signal]);
  // The timer only ends the wait for the item, which by then has either taken one or not.
  if (due !== undefined) void time.sleep(milliseconds(Math.max(0, due - time.monotonic())), either).then(() => enough.abort());
  try {
    return await items.next(either);
  } catch (thrown) {
    if (either.aborted) return undefined;
    throw thrown;
  } finally {
    enough.abort();
  }
}
