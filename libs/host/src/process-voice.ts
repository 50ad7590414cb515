import { type ErrorCode, FleetError, type Log, type LogFields } from '@fleetfit/core';
import type { Shutdown } from './shutdown.ts';

/** What one of our processes says to the one that started it: on standard output, a line of JSON each. */
export type Saying =
  | { readonly kind: 'say'; readonly sentence: string }
  /** People want the computer that it runs on to measure too: whoever started it may start an agent. */
  | { readonly kind: 'use-this-computer'; readonly threads: number }
  | ({ readonly kind: 'ready' } & Readonly<Record<string, unknown>>)
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string; readonly next?: string | undefined };

/** Says it, as a process that was started. */
export const tell = (saying: Saying): void => void process.stdout.write(`${JSON.stringify(saying)}\n`);

/** The last word of a process that cannot go on. */
export const tellFailure = ({ code, message, next }: FleetError): void => tell({ kind: 'failed', code, message, next });

/** Hears it, as the one that started the process; undefined for a line that is none of ours. */
export function parseSaying(line: string): Saying | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'kind' in value ? (value as Saying) : undefined;
  } catch {
    return undefined;
  }
}

/** What a process said that it failed with, as an error here. */
export const failureSaid = ({ code, message, next }: Extract<Saying, { kind: 'failed' }>): FleetError =>
  new FleetError(code, message, next === undefined ? {} : { next });

/** The log of a process: on standard error, a line of JSON each. */
export function processLog(): Log {
  const write = (level: string) => (message: string, fields?: LogFields) =>
    void process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), level, message, ...fields })}\n`);
  return { info: write('info'), warn: write('warn'), error: write('error') };
}

/** Started by another process of ours, which holds the other end of a channel: it ends when that one is gone, however it went. */
export function endWithParent(shutdown: Shutdown): void {
  process.once('disconnect', () => void shutdown.run('its parent is gone').then((clean) => process.exit(clean ? 0 : 1)));
}
