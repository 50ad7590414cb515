import { addModel } from '@fleetfit/runtime/tiny-models';
import { runInside, webRuntime } from '@fleetfit/runtime-web/inside';

export interface SelfTestAnswer {
  readonly right: boolean;
  readonly openMs: number;
  readonly threads: number;
}

/** Opens a model of one node and adds two numbers. */
runInside(async (inside) => {
  const { files, threads } = (await inside.next()) as { readonly files: string; readonly threads: number };
  const before = performance.now();
  const runtime = await webRuntime({ files });
  const session = await runtime.open(addModel([10, 20]), { provider: 'wasm', threads, optimization: 'all' });
  const openMs = performance.now() - before;
  const { y } = await session.run({ x: { type: 'float32', dims: [1, 2], data: Float32Array.of(1, 2) } });
  const answer: SelfTestAnswer = { right: y?.data[0] === 11 && y.data[1] === 22, openMs, threads };
  inside.send(answer);
  await inside.next();
});
