import { runtimeContract } from '@fleetfit/runtime/testing';
import { nodeRuntime } from './node-runtime.ts';

runtimeContract('onnxruntime-node', async () => nodeRuntime(), { provider: 'cpu', threads: 1, optimization: 'all' });
