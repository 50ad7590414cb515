import { FleetError } from '@fleetfit/core';

/** A queue between an event source that pushes and a reader that waits: what every `Isolated` and `Inside` is made of. */
export interface Inbox<Item> {
  push(item: Item): void;
  /** From now on `next` answers with this item once the queue is empty, each time. */
  close(last: Item): void;
  /** @throws FleetError `cancelled` when the signal aborts */
  next(signal?: AbortSignal): Promise<Item>;
}

export function makeInbox<Item>(): Inbox<Item> {
  const items: Item[] = [];
  const waiting: ((item: Item) => void)[] = [];
  let closed: { readonly last: Item } | undefined;
  return {
    push(item) {
      const reader = waiting.shift();
      if (reader) reader(item);
      else items.push(item);
    },
    close(last) {
      closed = { last };
      for (const reader of waiting.splice(0)) reader(last);
    },
    next(signal) {
      if (signal?.aborted) return Promise.reject(cancelled());
      const first = items.shift();
      if (first !== undefined) return Promise.resolve(first);
      if (closed) return Promise.resolve(closed.last);
      return new Promise((resolve, reject) => {
        const onAbort = (): void => {
          waiting.splice(waiting.indexOf(reader), 1);
          reject(cancelled());
        };
        const reader = (item: Item): void => {
          signal?.removeEventListener('abort', onAbort);
          resolve(item);
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        waiting.push(reader);
      });
    },
  };
}

const cancelled = (): FleetError => new FleetError('cancelled', 'Cannot wait for a message any longer: cancelled');
