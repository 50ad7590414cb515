import { type Bytes, FleetError, type Milliseconds, seconds } from '@fleetfit/core';
import { type Ending, type FromInside, type Isolated, makeInbox, type RuntimeHost } from '@fleetfit/runtime';
import type { FromWorker } from './web-inside.ts';

export interface WebHostOptions {
  /** The module that the worker runs; it must call `runInside`. */
  readonly entry: URL | string;
  /** Shown in the browser's tools. */
  readonly name?: string;
  /** A worker that does not say in so long that it runs does not start. Default 30 s. */
  readonly startWithin?: Milliseconds;
}

/** Isolates in dedicated workers. What a worker loaded and held is gone when it ends; only a browser that kills the whole tab is out of its reach. */
export function webHost(options: WebHostOptions): RuntimeHost {
  return { isolate: () => isolate(options) };
}

async function isolate({ entry, name = 'fleetfit', startWithin = seconds(30) }: WebHostOptions): Promise<Isolated> {
  const worker = new Worker(entry, { type: 'module', name });
  const isolated = watch(worker);
  const late = AbortSignal.timeout(startWithin);
  const first = await isolated.next(late).catch(async () => ({ kind: 'ended', ending: await isolated.end() }) as const);
  if (first.kind === 'ended') {
    const why = first.ending.why || (late.aborted ? `it said nothing for ${startWithin} ms` : 'it ended at once');
    throw new FleetError('unavailable', `Cannot start the worker ${String(entry)}: ${why}`, { next: 'load the page again' });
  }
  return isolated;
}

function watch(worker: Worker): Isolated {
  const inbox = makeInbox<FromInside>();
  let peakMemory: Bytes | undefined;
  let tellEnding: (ending: Ending) => void = () => {};
  const ended = new Promise<Ending>((resolve) => {
    tellEnding = resolve;
  });
  let over = false;
  const conclude = (kind: Ending['kind'], why: string): void => {
    if (over) return;
    over = true;
    worker.terminate();
    const ending: Ending = { kind, why, peakMemory };
    inbox.close({ kind: 'ended', ending });
    tellEnding(ending);
  };
  worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    if (over) return;
    if (data.fleetfit === 'message') {
      peakMemory = data.peakMemory ?? peakMemory;
      inbox.push({ kind: 'message', value: data.value });
    } else if (data.fleetfit === 'ready') inbox.push({ kind: 'message', value: 'ready' });
    else if (data.fleetfit === 'finished') conclude('finished', '');
    else conclude('crashed', data.why);
  });
  worker.addEventListener('error', (event) => {
    // Handled here: it is no fault of the page.
    event.preventDefault();
    conclude('crashed', event.message || 'the worker could not be loaded');
  });
  worker.addEventListener('messageerror', () => conclude('crashed', 'a message of the worker could not be read'));
  return {
    send: (message) => {
      if (!over) worker.postMessage(message);
    },
    next: (signal) => inbox.next(signal),
    end: () => {
      conclude('ended', '');
      return ended;
    },
  };
}
