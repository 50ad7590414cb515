/** Wakes everything that waits for something to have changed. Topics are plain words: `jobs`, `devices`, `sweep <id>`. */
export interface Changes {
  tell(topic: string): void;
  /** Resolves at the next telling of the topic, when the time is up, or when the signal aborts. Never rejects. */
  next(topic: string, wait: Wait): Promise<void>;
  /** Hears these topics from now on, also while the listener does something else. Let go of it with `stop`. */
  hear(topics: readonly string[]): Ear;
}

interface Wait {
  readonly signal: AbortSignal;
  readonly withinMs?: number;
}

interface Ear {
  /** Resolves at once when something was told since the last time, else as `Changes.next`. */
  next(wait: Wait): Promise<void>;
  stop(): void;
}

export function makeChanges(): Changes {
  const ears = new Map<string, Set<() => void>>();
  const hear = (topics: readonly string[]): Ear => {
    let told = false;
    let wake = (): void => {};
    const note = (): void => {
      told = true;
      wake();
    };
    for (const topic of topics) ears.set(topic, (ears.get(topic) ?? new Set()).add(note));
    return {
      async next(wait) {
        if (!told) await waitFor((done) => (wake = done), wait);
        told = false;
      },
      stop() {
        for (const topic of topics) {
          const all = ears.get(topic);
          all?.delete(note);
          if (all?.size === 0) ears.delete(topic);
        }
      },
    };
  };
  return {
    tell(topic) {
      for (const each of ears.get(topic) ?? []) each();
    },
    hear,
    next(topic, wait) {
      const ear = hear([topic]);
      return ear.next(wait).finally(() => ear.stop());
    },
  };
}

function waitFor(onWake: (wake: () => void) => void, { signal, withinMs }: Wait): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = withinMs === undefined ? undefined : setTimeout(done, withinMs);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
    onWake(done);
  });
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
