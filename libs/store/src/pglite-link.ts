import type { Worker } from 'node:worker_threads';
import { failure, PgliteSession } from './pglite-session.ts';

const AGAIN_MS = 1_000;

/**
 * Keeps PGlite running: when it has failed (a full disk makes PostgreSQL give up at once, on purpose), the next call starts it again
 * from its files, which restores what was answered, as after a crash. A database in memory cannot come back.
 */
export class PgliteLink {
  readonly #make: () => Worker;
  readonly #folder: string | undefined;
  #session: Promise<PgliteSession> | undefined;
  #failed: { readonly at: number; readonly why: Error } | undefined;
  #closed = false;

  constructor(make: () => Worker, folder: string | undefined) {
    this.#make = make;
    this.#folder = folder;
  }

  /** The session that runs, started when there is none. A start that has failed is not tried again within a second. */
  async session(): Promise<PgliteSession> {
    if (this.#closed) throw failure('PGlite is closed', 'ECONNRESET');
    const running = await this.#session;
    if (running && !(running.isOver && this.#folder !== undefined)) return running;
    if (this.#failed && performance.now() - this.#failed.at < AGAIN_MS) throw this.#failed.why;
    this.#session = this.#start();
    return this.#session;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const session = await this.#session?.catch(() => undefined); // one that never started needs no closing
    await session?.close();
  }

  async #start(): Promise<PgliteSession> {
    const session = new PgliteSession(this.#make());
    try {
      await session.ask({ kind: 'open', folder: this.#folder });
      return session;
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown : new Error(String(thrown));
      session.end(why);
      this.#failed = { at: performance.now(), why };
      this.#session = undefined;
      throw why;
    }
  }
}
