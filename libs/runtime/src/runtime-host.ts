import type { Bytes } from '@fleetfit/core';

/** How an isolated process or worker came to its end. */
export interface Ending {
  /**
   * `finished` by itself and well, `crashed` by itself and not well (an exit code, a signal, an uncaught error),
   * or `ended` because `end` was called.
   */
  readonly kind: 'finished' | 'crashed' | 'ended';
  /** For people: `signal SIGSEGV: <last words on standard error>`. Empty for a good end. */
  readonly why: string;
  /** The most memory it was ever seen to hold, in all; undefined where the platform does not tell. */
  readonly peakMemory: Bytes | undefined;
}

/** What comes out of an isolated process: messages in the order they were sent, then its ending, again and again. */
export type FromInside = { readonly kind: 'message'; readonly value: unknown } | { readonly kind: 'ended'; readonly ending: Ending };

/** A fresh process or worker, seen from outside. Whatever happens to it, the caller lives on. */
export interface Isolated {
  /** Values travel by structured clone: typed arrays and Maps arrive as they left. After the ending this does nothing. */
  send(message: unknown): void;
  /**
   * Waits for the next message or the ending. The ending wins only when no message is left to read.
   * @throws FleetError `cancelled` when the signal aborts; the isolated process is not touched by that
   */
  next(signal?: AbortSignal): Promise<FromInside>;
  /** Ends it now, even in the middle of a synchronous run, and waits until it is gone. May be called again. */
  end(): Promise<Ending>;
}

/**
 * Runs a measurement where it can do no harm: memory that only grows, a crash of native code or a loop without end
 * stay in there. A child process in node, a worker in a browser.
 */
export interface RuntimeHost {
  /** Starts a fresh one. @throws FleetError `unavailable` when it does not start */
  isolate(): Promise<Isolated>;
}

/** The other end: what code running inside gets. */
export interface Inside {
  send(message: unknown): void;
  /** Waits for the next message from outside. */
  next(signal?: AbortSignal): Promise<unknown>;
  /** The most memory this process or worker has held until now; undefined where the platform does not tell. */
  peakMemory(): Bytes | undefined;
}
