import { parentPort } from 'node:worker_threads';
import { toFleetError } from '@fleetfit/core';
import { type AskedOfSampler, askSampler } from './ask-sampler.ts';

// A sampler may think for seconds: it does so here, never on the loop that serves devices.
parentPort?.on('message', ({ id, question }: { id: number; question: AskedOfSampler }) => {
  try {
    parentPort?.postMessage({ id, answer: askSampler(question) });
  } catch (thrown) {
    parentPort?.postMessage({ id, error: toFleetError(thrown, 'Cannot ask the sampler').message });
  }
});
