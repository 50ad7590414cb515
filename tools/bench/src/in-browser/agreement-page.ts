import { webHost } from '@fleetfit/runtime-web';
import type { AgreementTask, WebOutputs } from '../agreement/web-outputs.ts';

/** Runs a model in a fresh worker; called by the bench in the page. */
async function runModel(task: AgreementTask): Promise<WebOutputs> {
  const worker = await webHost({ entry: '/agreement-worker.js' }).isolate();
  try {
    worker.send(task);
    const next = await worker.next();
    if (next.kind === 'ended') throw new Error(next.ending.why || 'the worker ended');
    return next.value as WebOutputs;
  } finally {
    await worker.end();
  }
}

Reflect.set(globalThis, 'runModel', runModel);
