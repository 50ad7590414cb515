import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { FleetError } from '@fleetfit/core';
import { failureSaid, parseSaying } from '@fleetfit/host';

export interface ProcessStart {
  readonly name: string;
  /** JavaScript file. */
  readonly entry: string;
  readonly args: readonly string[];
  /** Where its log lines go. */
  readonly logFile: string;
  readonly onSay: (sentence: string) => void;
  /** It asks for an agent on this computer. */
  readonly onUseThisComputer?: ((threads: number) => void) | undefined;
  readonly env?: NodeJS.ProcessEnv;
}

interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said of it, where it could still speak. */
  readonly failed: FleetError | undefined;
}

export interface OurProcess {
  readonly pid: number;
  /** What it said when it was ready. @throws FleetError what it failed with */
  readonly ready: Promise<Readonly<Record<string, unknown>>>;
  readonly ended: Promise<ProcessEnd>;
  /** SIGTERM, and SIGKILL after ten seconds. */
  stop(): Promise<void>;
}

const GRACE_MS = 10_000;
/** Last words may arrive after the end; processes of its own may hold the line open. */
const LAST_WORDS_MS = 500;

/** Starts one of our own processes. It holds a channel to us, so that it ends when we do, however we end. */
export function startProcess({ name, entry, args, logFile, onSay, onUseThisComputer, env }: ProcessStart): OurProcess {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = createWriteStream(logFile, { flags: 'a' });
  const child = spawn(process.execPath, ['--enable-source-maps', entry, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...env },
  });
  child.stderr?.pipe(log);
  let failed: FleetError | undefined;
  const lines = child.stdout && createInterface({ input: child.stdout });
  const heardAll = new Promise((resolve) => lines?.once('close', resolve));
  const ended = new Promise<ProcessEnd>((resolve) =>
    child.once('exit', (code, signal) => {
      const timer = setTimeout(() => resolve({ code, signal, failed }), LAST_WORDS_MS);
      void heardAll.then(() => {
        clearTimeout(timer);
        resolve({ code, signal, failed });
      });
    }),
  );
  const ready = new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
    lines?.on('line', (line) => {
      const said = parseSaying(line);
      if (said?.kind === 'say') onSay(said.sentence);
      if (said?.kind === 'ready') resolve(said);
      if (said?.kind === 'use-this-computer') onUseThisComputer?.(said.threads);
      if (said?.kind !== 'failed') return;
      failed = failureSaid(said);
      reject(failed);
    });
    child.once('error', (cause) => reject(new FleetError('unavailable', `Cannot start ${name}: ${cause.message}`, { cause })));
    void ended.then(({ code, signal }) =>
      reject(new FleetError('unavailable', `Cannot start ${name}: it ended with ${signal ?? code}`, { next: `read ${logFile}` })),
    );
  });
  // Whoever starts it may look later, or not at all.
  ready.catch(() => {});
  return { pid: child.pid ?? -1, ready, ended, stop: () => stop(child, ended) };
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  await ended;
  clearTimeout(timer);
}
