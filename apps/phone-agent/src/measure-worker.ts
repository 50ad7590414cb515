import { measureInside } from '@fleetfit/agent';
import { cacheFolder, opfsReader } from '@fleetfit/artifacts/web';
import { runInside, webRuntime } from '@fleetfit/runtime-web/inside';
import { BUILD } from './build.ts';
import { webTime } from './device/web-time.ts';

// The measuring worker: started fresh for every attempt, and ended afterwards.
runInside(async (inside) => {
  const runtime = await webRuntime({ files: BUILD.onnxruntime });
  await measureInside(inside, { runtime, clock: webTime, blobs: opfsReader(await cacheFolder()) });
});
