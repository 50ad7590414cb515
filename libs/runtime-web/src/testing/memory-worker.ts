import { addModel } from '@fleetfit/runtime/testing';
import { runInside } from '../web-inside.ts';
import { webRuntime } from '../web-runtime.ts';

export interface MemoryTold {
  /** Of linear memory, before and after the model has run. */
  readonly before: number | undefined;
  readonly after: number | undefined;
  /** The last number that came out. */
  readonly last: number;
}

// Adds one to so many rows of ones, and tells what that took.
runInside(async (inside) => {
  const rows = Number(await inside.next());
  const before = inside.peakMemory();
  const runtime = await webRuntime({ files: '/ort/' });
  const session = await runtime.open(addModel([1, 1]), { provider: 'wasm', threads: 1, optimization: 'all' });
  const { y } = await session.run({ x: { type: 'float32', dims: [rows, 2], data: new Float32Array(2 * rows).fill(1) } });
  const answer: MemoryTold = { before, after: inside.peakMemory(), last: Number(y?.data.at(-1)) };
  inside.send(answer);
  await inside.next();
});
