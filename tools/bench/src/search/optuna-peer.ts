import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FleetError } from '@fleetfit/core';
import type { Course, Pace, Table, Turn } from './play.ts';

/** Samplers of Optuna that we compare with. */
type PeerMethod = 'tpe' | 'cma-es' | 'nsga2';

/** Debian's interpreter, where its package python3-optuna lands. */
const PYTHON = process.env['FLEETFIT_OPTUNA_PYTHON'] ?? '/usr/bin/python3';

/** Plays one of Optuna's samplers on a table: it is told numbers only, both objectives where there are two, else the score. */
export async function playPeer(
  method: PeerMethod,
  table: Table,
  { budget, batch, signal }: Pace & { readonly signal: AbortSignal },
): Promise<Course> {
  const optuna = await openOptuna(signal);
  try {
    const { counts, categorical, objectives, options } = table;
    await optuna.say({ start: { method, seed: options.seed, counts, categorical, objectives } });
    const turns: Turn[] = [];
    const askMs: number[] = [];
    while (turns.length < budget) {
      const before = performance.now();
      const { points = [] } = await optuna.say({ ask: Math.min(batch, budget - turns.length) });
      askMs.push(performance.now() - before);
      const played = points.map((x) => table.evaluate(x).turn);
      turns.push(...played);
      await optuna.say({ tell: played.map(({ score, pair }) => (objectives === 2 ? pair : score)) });
    }
    return { turns, askMs };
  } finally {
    optuna.close();
  }
}

interface Answer {
  readonly points?: readonly (readonly number[])[];
  readonly version?: string;
}

interface Optuna {
  say(message: object): Promise<Answer>;
  close(): void;
}

/** @throws FleetError `unavailable` where the interpreter has no Optuna */
async function openOptuna(signal: AbortSignal): Promise<Optuna> {
  const child = spawn(PYTHON, [join(import.meta.dirname, 'optuna-peer.py')], { stdio: ['pipe', 'pipe', 'pipe'], signal });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  child.stdin.on('error', () => {});
  child.on('error', (error) => (complaint += error.message));
  const say = async (message: object): Promise<Answer> => {
    child.stdin.write(`${JSON.stringify(message)}\n`);
    const { done, value } = await lines.next();
    if (!done) return JSON.parse(value) as Answer;
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    const why = complaint.trim().split('\n').at(-1) ?? 'it ended';
    throw new FleetError('unavailable', `Cannot ask Optuna through ${PYTHON}: ${why}`, { next: 'apt-get install python3-optuna' });
  };
  return { say, close: () => child.kill() };
}

/** The version of Optuna that is there, or undefined: its rows are then not judged. */
export async function optunaVersion(signal: AbortSignal): Promise<string | undefined> {
  try {
    const optuna = await openOptuna(signal);
    const { version } = await optuna.say({ version: true });
    optuna.close();
    return version;
  } catch {
    return undefined;
  }
}
