import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeInChromium } from '@fleetfit/host/describe-in-chromium';

const ort = dirname(fileURLToPath(import.meta.resolve('onnxruntime-web')));
const common = { folders: { ort }, conditions: ['onnxruntime-web-use-extern-wasm'] };
const here = (path: string) => new URL(path, import.meta.url);

describeInChromium('an isolated page', { ...common, suite: here('./suites/runtime.ts'), isolated: true });
describeInChromium('a page that is not isolated', { ...common, suite: here('./suites/runtime.ts'), isolated: false });
describeInChromium('workers', {
  ...common,
  suite: here('./suites/host.ts'),
  workers: { 'contract-worker': here('./suites/contract-worker.ts'), 'memory-worker': here('./suites/memory-worker.ts') },
  isolated: true,
});
