import { FleetError, type Log } from '@fleetfit/core';
import pg from 'pg';
import { saying } from './store-error.ts';

// Any fixed number will do: advisory locks are per database. This one spells "fleetfit" in a way that fits 63 bits.
const KEY = '7378697629483820646';
const AGAIN_MS = 1_000;

/**
 * One process per PostgreSQL database: an advisory lock on a connection of its own. When that connection is lost (the server restarts),
 * the store refuses every call until the lock is held again, as another process could own it meanwhile.
 */
export class DatabaseLock {
  readonly #url: string;
  readonly #log: Log;
  #client: pg.Client | undefined;
  #released = false;
  #again: NodeJS.Timeout | undefined;

  private constructor(url: string, log: Log) {
    this.#url = url;
    this.#log = log;
  }

  /** Throws `conflict` when another process has it, `unavailable` or `denied` when there is no way in. */
  static async take(url: string, log: Log): Promise<DatabaseLock> {
    const lock = new DatabaseLock(url, log);
    await saying('open the store', () => lock.#connect());
    return lock;
  }

  /** Throws `unavailable` while the lock is lost. */
  check(): void {
    if (!this.#client) throw new FleetError('unavailable', 'Cannot use the store: the connection that holds its lock was lost');
  }

  async release(): Promise<void> {
    this.#released = true;
    clearTimeout(this.#again);
    await this.#client?.end();
    this.#client = undefined;
  }

  async #connect(): Promise<void> {
    const client = new pg.Client({ connectionString: this.#url, connectionTimeoutMillis: 10_000, keepAlive: true });
    client.on('error', (why) => this.#log.warn('the connection that holds the lock of the store was lost', { why: why.message }));
    try {
      await client.connect();
      const { rows } = await client.query<{ mine: boolean }>(`select pg_try_advisory_lock(${KEY}) as mine`);
      if (!rows[0]?.mine)
        throw new FleetError('conflict', 'Cannot use the database: another process uses it as its store', {
          next: 'stop the other one, or use another database',
        });
    } catch (thrown) {
      await client.end().catch(() => {}); // the first error says more
      throw thrown;
    }
    client.once('end', () => this.#lost());
    this.#client = client;
  }

  #lost(): void {
    this.#client = undefined;
    if (this.#released) return;
    this.#again = setTimeout(() => {
      this.#connect().then(
        () => this.#log.info('the store is locked again'),
        () => this.#lost(),
      );
    }, AGAIN_MS);
  }
}
