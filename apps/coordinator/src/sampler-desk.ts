import type { Worker } from 'node:worker_threads';
import { FleetError } from '@fleetfit/core';
import type { AskedOfSampler, SamplerAnswer } from './ask-sampler.ts';

/** Samplers behind a worker thread, which starts at the first question and again should it end. */
export interface SamplerDesk {
  ask(question: AskedOfSampler): Promise<SamplerAnswer>;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (answer: SamplerAnswer) => void;
  readonly reject: (error: FleetError) => void;
}

export function openSamplerDesk(makeWorker: () => Worker): SamplerDesk {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let last = 0;
  const failAll = (why: string): void => {
    worker = undefined;
    for (const each of waiting.values()) each.reject(new FleetError('unavailable', `Cannot ask the sampler: ${why}`));
    waiting.clear();
  };
  const start = (): Worker => {
    const started = makeWorker();
    started.unref();
    started.on('message', (message: { id: number; answer?: SamplerAnswer; error?: string }) => {
      const asker = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.answer) asker?.resolve(message.answer);
      else asker?.reject(new FleetError('bug', message.error ?? 'Cannot ask the sampler: it gave no answer'));
    });
    started.on('error', (error) => failAll(error.message));
    started.on('exit', () => failAll('its thread ended'));
    return started;
  };
  return {
    ask(question) {
      worker ??= start();
      const id = ++last;
      const answered = new Promise<SamplerAnswer>((resolve, reject) => waiting.set(id, { resolve, reject }));
      worker.postMessage({ id, question });
      return answered;
    },
    async close() {
      await worker?.terminate();
    },
  };
}
