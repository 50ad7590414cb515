import type { TimePort } from '@fleetfit/agent';
import { milliseconds } from '@fleetfit/core';

/** The clock and timers of this page or worker. */
export const webTime: TimePort = {
  now: () => milliseconds(Date.now()),
  monotonic: () => milliseconds(performance.now()),
  sleep: (time, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, time);
      signal.addEventListener('abort', end, { once: true });
    }),
};
