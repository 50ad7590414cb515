import { runInside, webRuntime } from '@fleetfit/runtime-web/inside';
import { seededFeeds } from '../agreement/seeded-feeds.ts';
import type { AgreementTask, WebOutputs } from '../agreement/web-outputs.ts';

// Runs one model once, with the inputs that node makes alike.
runInside(async (inside) => {
  const { file, most, threads } = (await inside.next()) as AgreementTask;
  const graph = new Uint8Array(await (await fetch(`/models/${file}`)).arrayBuffer());
  const runtime = await webRuntime({ files: '/ort/' });
  const session = await runtime.open({ graph, externalData: new Map() }, { provider: 'wasm', threads, optimization: 'all' });
  const results = await session.run(seededFeeds(session.inputs, most));
  const outputs: WebOutputs['outputs'][number][] = [];
  for (const [name, { type, dims, data }] of Object.entries(results)) {
    if (!ArrayBuffer.isView(data)) throw new Error(`output "${name}" is of ${type}`);
    await fetch(`/outputs/${outputs.length}`, {
      method: 'POST',
      body: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength),
    });
    outputs.push({ name, type, dims });
  }
  inside.send({ outputs } satisfies WebOutputs);
  await inside.next();
});
