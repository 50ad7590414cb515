import type { Database } from './open-database.ts';

/** What came of one attempt, for the person whose phone this is. */
export interface Measured {
  readonly attempt: string;
  readonly candidate: string;
  readonly sweep: string;
  /** On the test images, which winner and original see once, at the end. */
  readonly judged: boolean;
  /** Since the Unix epoch, ms. */
  readonly at: number;
  /** Milliseconds that a run of the candidate takes, and candidate over original with its interval; undefined where it did not end well. */
  readonly p50Ms: number | undefined;
  readonly ratio: { readonly value: number; readonly low: number; readonly high: number } | undefined;
  /** Milliseconds that a run of the original took meanwhile: it tells when this phone slows down. */
  readonly controlMs: number | undefined;
  /** How long the attempt kept this phone busy, ms. */
  readonly tookMs: number;
  /** For people; empty when it went well. */
  readonly why: string;
}

/** So many are kept. */
const MOST = 100;

export interface History {
  /** The newest first. */
  list(): Promise<readonly Measured[]>;
  add(measured: Measured): Promise<void>;
}

export function databaseHistory(database: Database): History {
  const list = async (): Promise<readonly Measured[]> =>
    (await database.entries('history')).map(([, value]) => value as Measured).sort((a, b) => b.at - a.at);
  return {
    list,
    async add(measured) {
      await database.put('history', measured.attempt, measured);
      for (const old of (await list()).slice(MOST)) await database.remove('history', old.attempt);
    },
  };
}
