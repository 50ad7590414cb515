import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeInChromium } from '@fleetfit/host/describe-in-chromium';

const ort = dirname(fileURLToPath(import.meta.resolve('onnxruntime-web')));
const common = { folders: { ort }, conditions: ['onnxruntime-web-use-extern-wasm'] };
const here = (path: string) => new URL(path, import.meta.url);

describeInChromium('an isolated page', { ...common, suite: here('./testing/runtime.ts'), isolated: true });
describeInChromium('a page that is not isolated', { ...common, suite: here('./testing/runtime.ts'), isolated: false });
describeInChromium('workers', {
  ...common,
  suite: here('./testing/host.ts'),
  workers: { 'contract-worker': here('./testing/contract-worker.ts'), 'memory-worker': here('./testing/memory-worker.ts') },
  isolated: true,
});
