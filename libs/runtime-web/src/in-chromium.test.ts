import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeInChromium } from '@fleetfit/host/describe-in-chromium';

const ort = dirname(fileURLToPath(import.meta.resolve('onnxruntime-web')));
const common = { folders: { ort }, conditions: ['onnxruntime-web-use-extern-wasm'] };

describeInChromium('an isolated page', { ...common, suite: new URL('./testing/runtime.ts', import.meta.url), isolated: true });
describeInChromium('a page that is not isolated', { ...common, suite: new URL('./testing/runtime.ts', import.meta.url), isolated: false });
describeInChromium('workers', {
  ...common,
  suite: new URL('./testing/host.ts', import.meta.url),
  workers: {
    'contract-worker': new URL('./testing/contract-worker.ts', import.meta.url),
    'memory-worker': new URL('./testing/memory-worker.ts', import.meta.url),
  },
  isolated: true,
});
