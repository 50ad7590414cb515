import { setTimeout as sleep } from 'node:timers/promises';
import type { TimePort } from '@fleetfit/agent';
import { milliseconds } from '@fleetfit/core';

/** The clock and timers of this process. */
export const nodeTime: TimePort = {
  now: () => milliseconds(Date.now()),
  monotonic: () => milliseconds(performance.now()),
  sleep: (time, signal) => sleep(time, undefined, { signal }).catch(() => {}),
};
