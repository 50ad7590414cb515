import { addModel, runtimeContract } from '@fleetfit/runtime/testing';
import { describe, expect, it } from 'vitest';
import { probeProviders } from '../web-providers.ts';
import { webRuntime } from '../web-runtime.ts';

// Runs in a browser: the contract on every provider that has something behind it. What has not is said by name.
const makeRuntime = () => webRuntime({ files: '/ort/' });
const threads = globalThis.crossOriginIsolated ? 2 : 1;
const optimization = 'all';

for (const { provider, there, what } of await probeProviders()) {
  if (there) runtimeContract(`onnxruntime-web on ${provider}, ${threads} threads`, makeRuntime, { provider, threads, optimization });
  else
    it(`${provider} was not run: ${what}; it is refused`, async () => {
      const runtime = await makeRuntime();
      expect(runtime.facts.providers).not.toContain(provider);
      await expect(runtime.open(addModel([1, 1]), { provider, threads: 1, optimization })).rejects.toMatchObject({ code: 'unsupported' });
    });
}

describe('onnxruntime-web', () => {
  it('runs with the threads that it was asked for, or says that it cannot', async () => {
    const open = makeRuntime().then((runtime) => runtime.open(addModel([1, 1]), { provider: 'wasm', threads: 2, optimization }));
    if (globalThis.crossOriginIsolated) await (await open).close();
    else await expect(open).rejects.toMatchObject({ code: 'unsupported', message: expect.stringContaining('not cross-origin isolated') });
  });

  it('does not change its threads once it runs', async () => {
    const runtime = await makeRuntime();
    await (await runtime.open(addModel([1, 1]), { provider: 'wasm', threads, optimization })).close();
    if (!globalThis.crossOriginIsolated) return;
    await expect(runtime.open(addModel([1, 1]), { provider: 'wasm', threads: 1, optimization })).rejects.toMatchObject({
      code: 'conflict',
    });
  });
});
