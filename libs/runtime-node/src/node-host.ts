import { type ChildProcess, fork } from 'node:child_process';
import { type Bytes, FleetError } from '@fleetfit/core';
import { type Ending, type FromInside, type Isolated, makeInbox, type RuntimeHost } from '@fleetfit/runtime';
import { isFromInside } from './node-inside.ts';

export interface NodeHostOptions {
  /** The JavaScript file that the child runs; it must call `runInside`. */
  readonly entry: string;
  /** Options for node itself: `--import tsx` to run sources. */
  readonly execArgv?: readonly string[];
  /** Added to the environment of the child, which is otherwise almost empty. */
  readonly env?: Readonly<Record<string, string>>;
}

const LAST_WORDS = 2_000;

/** Isolates in child processes. Each dies with its parent: it ends when the channel to the parent closes. */
export function nodeHost(options: NodeHostOptions): RuntimeHost {
  return { isolate: () => isolate(options) };
}

async function isolate(options: NodeHostOptions): Promise<Isolated> {
  const child = fork(options.entry, [], {
    execArgv: [...(options.execArgv ?? [])],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR, ...options.env },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const isolated = watch(child);
  // The child says first that it runs and listens.
  const first = await isolated.next();
  if (first.kind === 'ended')
    throw new FleetError('unavailable', `Cannot start ${options.entry}: ${first.ending.why || 'it ended at once'}`);
  return isolated;
}

function watch(child: ChildProcess): Isolated {
  const inbox = makeInbox<FromInside>();
  const seen: { lastWords: string; peakMemory: Bytes | undefined; asked: boolean } = { lastWords: '', peakMemory: undefined, asked: false };
  child.stderr?.setEncoding('utf8').on('data', (words: string) => {
    seen.lastWords = (seen.lastWords + words).slice(-LAST_WORDS);
  });
  child.on('message', (message: unknown) => {
    if (!isFromInside(message)) return;
    if (message.peakMemory !== undefined) seen.peakMemory = message.peakMemory;
    inbox.push({ kind: 'message', value: message.value });
  });
  const ended = new Promise<Ending>((resolve) => {
    const conclude = (kind: Ending['kind'], why: string): void => resolve({ kind, why, peakMemory: seen.peakMemory });
    child.on('error', (error) => conclude('crashed', error.message));
    // 'close', not 'exit': by then the last words and the last messages have been read.
    child.on('close', (code, signal) => {
      if (seen.asked) conclude('ended', '');
      else if (code === 0) conclude('finished', '');
      else conclude('crashed', [signal ? `signal ${signal}` : `exit code ${code}`, seen.lastWords.trim()].filter(Boolean).join(': '));
    });
  }).then((ending) => {
    inbox.close({ kind: 'ended', ending });
    return ending;
  });
  return {
    send: (message) => {
      if (child.connected) child.send(message as object, () => {});
    },
    next: (signal) => inbox.next(signal),
    end: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        seen.asked = true;
        child.kill('SIGKILL');
      }
      return ended;
    },
  };
}
