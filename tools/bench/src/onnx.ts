import { fork } from 'node:child_process';
import { join } from 'node:path';
import { atMost, type Bench, type Field, type RowContext } from './bench.ts';
import type { Task } from './onnx-process.ts';

const DECODE = 'decode 100 MB';
const ENCODE = 'encode 100 MB';

/** Reading and writing a model of 100 tensors of 1 MB, made in memory. Each sample of a first decode is a process of its own. */
export const bench: Bench = {
  about: 'how long a 100 MB model takes to read and to write, beside the time of copying its bytes',
  rows: [
    { name: DECODE, measure: measureDecode },
    { name: ENCODE, measure: measureEncode },
  ],
  checks: (rows) => [
    atMost(rows, { name: 'first decode in a process', row: DECODE, field: 'first_ms', unit: 'ms' }, 30),
    atMost(rows, { name: 'warm decode', row: DECODE, field: 'warm_ms', unit: 'ms' }, 30),
    atMost(rows, { name: 'encode beside a copy of its bytes', row: ENCODE, field: 'ratio', unit: 'times' }, 3),
  ],
};

async function measureDecode({ quick, signal }: RowContext): Promise<Record<string, Field>> {
  const firsts: number[] = [];
  const warms: number[] = [];
  for (let i = 0; i < (quick ? 3 : 7); i++) {
    const samples = await inFreshProcess({ do: 'decode', rounds: 21 }, signal);
    const [first = Number.NaN, ...warm] = samples['decode_ms'] ?? [];
    firsts.push(first);
    warms.push(median(warm));
  }
  return { first_ms: median(firsts), first_worst_ms: Math.max(...firsts), warm_ms: median(warms), firsts_ms: firsts, warms_ms: warms };
}

async function measureEncode({ quick, signal }: RowContext): Promise<Record<string, Field>> {
  const samples = await inFreshProcess({ do: 'encode', rounds: quick ? 9 : 25 }, signal);
  const encodes = samples['encode_ms'] ?? [];
  const copies = samples['copy_ms'] ?? [];
  const encode = median(encodes);
  const copy = median(copies);
  return { encode_ms: encode, copy_ms: copy, ratio: encode / copy, encodes_ms: encodes, copies_ms: copies };
}

type Samples = Readonly<Record<string, readonly number[]>>;

function inFreshProcess(task: Task, signal: AbortSignal): Promise<Samples> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'onnx-process.ts'), [JSON.stringify(task)], { signal });
    let samples: Samples | undefined;
    child.on('message', (message) => {
      samples = message as Samples;
    });
    child.on('error', reject);
    child.on('exit', (code) =>
      samples ? resolve(samples) : reject(new Error(`the measuring process ended with ${code}, without numbers`)),
    );
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}
