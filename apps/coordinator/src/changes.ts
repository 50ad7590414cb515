/** Wakes everything that waits for something to have changed. Topics are plain words: `jobs`, `devices`, `sweep <id>`. */
export interface Changes {
  tell(topic: string): void;
  /** Resolves at the next telling of the topic, when the time is up, or when the signal aborts. Never rejects. */
  next(topic: string, wait: { readonly signal: AbortSignal; readonly withinMs?: number }): Promise<void>;
}

export function makeChanges(): Changes {
  const waiting = new Map<string, Set<() => void>>();
  return {
    tell(topic) {
      const wake = [...(waiting.get(topic) ?? [])];
      waiting.delete(topic);
      for (const each of wake) each();
    },
    next(topic, { signal, withinMs }) {
      if (signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const wakers = waiting.get(topic) ?? new Set();
        waiting.set(topic, wakers);
        const timer = withinMs === undefined ? undefined : setTimeout(wake, withinMs);
        function wake(): void {
          wakers.delete(wake);
          clearTimeout(timer);
          signal.removeEventListener('abort', wake);
          resolve();
        }
        wakers.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    },
  };
}

/** Whole views, one at once and one after each change, at most every `everyMs`: a view that is overtaken is never made. */
export async function* follow<View>(
  changes: Changes,
  topic: string,
  options: { readonly signal: AbortSignal; readonly make: () => Promise<View>; readonly everyMs?: number },
): AsyncGenerator<View> {
  const { signal, make, everyMs = 250 } = options;
  while (!signal.aborted) {
    const changed = changes.next(topic, { signal });
    yield await make();
    await changed;
    if (!signal.aborted) await changes.next('', { signal, withinMs: everyMs });
  }
}
