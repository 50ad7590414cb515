import { measureInside } from '@fleetfit/agent';
import { cacheFolder, opfsReader } from '@fleetfit/artifacts/web';
import { bytes } from '@fleetfit/core';
import { runInside, webRuntime } from '@fleetfit/runtime-web/inside';
import { BUILD } from './build.ts';
import { webTime } from './device/web-time.ts';

// The measuring worker: started fresh for every attempt, and ended afterwards.
runInside(async (inside) => {
  const runtime = await webRuntime({ files: BUILD.onnxruntime });
  // Until the library makes its linear memory, there is none: what a model takes is all of it.
  const counting = { ...inside, peakMemory: () => inside.peakMemory() ?? bytes(0) };
  await measureInside(counting, { runtime, clock: webTime, blobs: opfsReader(await cacheFolder()) });
});
