import { join } from 'node:path';
import { type FleetError, toFleetError } from '@fleetfit/core';
import { homeFolder } from '@fleetfit/host';
import type { Command } from 'commander';
import { type Api, addressOf, apiAt } from './api-client.ts';
import { makePaint, type Paint, showsColour } from './paint.ts';

/** What every command is given. */
export interface CommandContext {
  readonly home: string;
  readonly json: boolean;
  readonly paint: Paint;
  readonly width: number;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  /** The coordinator's API; looked up when it is first needed. */
  api(): Api;
  address(): string;
  /** A line for people, on standard output; silent with --json. */
  say(line: string): void;
  /** The answer for programs, on standard output; silent without --json. */
  tell(value: unknown): void;
}

function contextOf(command: Command): CommandContext {
  const { home = homeFolder(), json = false } = command.optsWithGlobals<{ home?: string; json?: boolean }>();
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort());
  process.once('SIGTERM', () => abort.abort());
  const address = (): string => addressOf(home);
  let api: Api | undefined;
  return {
    home,
    json,
    paint: makePaint({ colour: showsColour(process.stdout) }),
    // Nothing is cut or broken where no terminal shows it.
    width: process.stdout.columns || Number.POSITIVE_INFINITY,
    signal: abort.signal,
    address,
    api: () => (api ??= apiAt(address())),
    say: (line) => void (json || process.stdout.write(`${line}\n`)),
    tell: (value) => void (json && process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`)),
  };
}

/** The folder of an agent of this computer. */
export const agentFolder = (home: string, name: string): string => join(home, 'agents', name.replace(/[^\w-]/g, '-'));

/** Wraps a command: what it throws becomes `error:` and `try:` on standard error, and exit code 1 (130 when cancelled). */
export function run(work: (context: CommandContext) => Promise<void>, command: Command): Promise<void> {
  const context = contextOf(command);
  return work(context).catch((thrown: unknown) => {
    const error = toFleetError(thrown, 'Cannot go on');
    printError(error, context.json);
    process.exitCode = error.code === 'cancelled' ? 130 : 1;
  });
}

function printError(error: FleetError, json: boolean): void {
  if (json) {
    process.stderr.write(`${JSON.stringify({ error: error.message, code: error.code, try: error.next })}\n`);
    return;
  }
  const paint = makePaint({ colour: showsColour(process.stderr) });
  // To stop is no error. The terminal has written ^C where the line begins.
  const begin = process.stderr.isTTY ? '\r\x1b[K' : '';
  process.stderr.write(error.code === 'cancelled' ? `${begin}${error.message}\n` : `${paint.bad('error:')} ${error.message}\n`);
  if (error.next !== undefined) process.stderr.write(`${paint.dim('try:')} ${error.next}\n`);
  if (error.code === 'bug' && process.env['FLEETFIT_DEBUG'])
    process.stderr.write(`${error.stack ?? ''}\n${error.cause instanceof Error ? error.cause.stack : ''}\n`);
}
