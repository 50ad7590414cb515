import { measureInside } from '@fleetfit/agent';
import { nodeRuntime, runInside } from '@fleetfit/runtime-node';
import { blobFolder } from './blob-folder.ts';
import { nodeTime } from './node-time.ts';

// The entry of the measuring process: started fresh for every attempt, and ended afterwards.
runInside((inside) =>
  measureInside(inside, { runtime: nodeRuntime(), clock: nodeTime, blobs: blobFolder(process.env['FLEETFIT_BLOBS'] ?? '') }),
);
