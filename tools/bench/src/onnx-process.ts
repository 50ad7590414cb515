import { buildModel, constantOf, decodeModel, encodeModel, type Model } from '@fleetfit/onnx';

/** What this process is asked to do: it measures, sends its samples, and ends. */
export interface Task {
  readonly do: 'decode' | 'encode';
  readonly rounds: number;
}

const task = JSON.parse(process.argv[2] ?? '') as Task;
process.send?.(task.do === 'decode' ? decode(task.rounds) : encode(task.rounds));

function decode(rounds: number): Record<string, number[]> {
  const bytes = encodeModel(hundredMegabytes());
  // Nothing was decoded in this process so far: the first sample is a cold one.
  return { decode_ms: Array.from({ length: rounds }, () => timed(() => decodeModel(bytes))) };
}

function encode(rounds: number): Record<string, number[]> {
  const bytes = encodeModel(hundredMegabytes());
  const model = decodeModel(bytes);
  const encodes: number[] = [];
  const copies: number[] = [];
  // In turn, so that whatever else this machine does falls on both.
  for (let i = 0; i < rounds; i++) {
    copies.push(timed(() => bytes.slice()));
    encodes.push(timed(() => encodeModel(model)));
  }
  return { encode_ms: encodes, copy_ms: copies };
}

function timed(run: () => unknown): number {
  const start = performance.now();
  const kept = run();
  const end = performance.now();
  if (kept === undefined) throw new Error('nothing was made');
  return end - start;
}

function hundredMegabytes(): Model {
  const count = 250_000; // floats: 1 MB
  const names = Array.from({ length: 100 }, (_, i) => `w${i}`);
  const constants = names.map((name, i) => constantOf(name, [count], new Float32Array(count).fill(i + 0.5)));
  const value = (name: string) => ({ name, type: 'float32', dims: [count] }) as const;
  const nodes = [{ op: 'Sum', name: 'sum', inputs: ['x', ...names], outputs: ['y'] }];
  return buildModel({ name: 'hundred', opset: 17, inputs: [value('x')], outputs: [value('y')], nodes, constants });
}
