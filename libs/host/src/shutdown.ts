import { FleetError, type Log } from '@fleetfit/core';

export type ShutdownState = 'running' | 'stopping' | 'stopped';

export interface Shutdown {
  readonly state: ShutdownState;
  /** Aborted when stopping begins: pass it to everything that waits. */
  readonly signal: AbortSignal;
  /** Registers what to stop; the last one registered is stopped first. Throws `cancelled` when stopping has begun. */
  onStop(name: string, stop: () => Promise<void> | void): void;
  /** Stops everything, once: later calls wait for the first. True when every stop went well. Never throws. */
  run(why: string): Promise<boolean>;
}

export interface ShutdownOptions {
  readonly log: Log;
  /** How long one stop function may take before the next one gets its turn (default 10 s). */
  readonly graceMs?: number;
  /** For tests; `process` otherwise. */
  readonly host?: Pick<NodeJS.Process, 'on' | 'exit'>;
}

/**
 * The one place of a process that stops what it has started: in reverse order, once, on SIGINT, SIGTERM, SIGHUP or an uncaught error.
 * Exits with 0 after a clean stop that was asked for and with 1 otherwise; a second signal exits at once with 130.
 */
export function openShutdown({ log, graceMs = 10_000, host = process }: ShutdownOptions): Shutdown {
  const stops: { readonly name: string; readonly stop: () => Promise<void> | void }[] = [];
  const abort = new AbortController();
  let state: ShutdownState = 'running';
  let running: Promise<boolean> | undefined;
  const run = (why: string): Promise<boolean> => {
    running ??= (async () => {
      state = 'stopping';
      log.info('stopping', { why });
      abort.abort(new FleetError('cancelled', `Cannot go on: stopping (${why})`));
      let clean = true;
      for (let next = stops.pop(); next; next = stops.pop()) clean = (await stopOne(next, { log, graceMs })) && clean;
      state = 'stopped';
      return clean;
    })();
    return running;
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    host.on(name, () => {
      if (running) host.exit(130);
      else void run(name).then((clean) => host.exit(clean ? 0 : 1));
    });
  for (const name of ['uncaughtException', 'unhandledRejection'] as const)
    host.on(name, (thrown: unknown) => {
      log.error('stopping after an error that nothing caught', {
        why: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown),
      });
      void run(name).then(() => host.exit(1));
    });
  return {
    get state() {
      return state;
    },
    signal: abort.signal,
    onStop: (name, stop) => {
      if (running) throw new FleetError('cancelled', `Cannot register ${name}: the process is stopping`);
      stops.push({ name, stop });
    },
    run,
  };
}

async function stopOne(
  { name, stop }: { name: string; stop: () => Promise<void> | void },
  { log, graceMs }: { log: Log; graceMs: number },
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new FleetError('unavailable', `Cannot stop ${name}: it takes longer than ${graceMs} ms`)), graceMs);
  });
  try {
    await Promise.race([Promise.resolve().then(stop), late]);
    return true;
  } catch (thrown) {
    log.error('a part did not stop well', { name, why: thrown instanceof Error ? thrown.message : String(thrown) });
    return false;
  } finally {
    clearTimeout(timer);
  }
}
