import { dirname, join } from 'node:path';
import { openBlobStore } from '@fleetfit/artifacts';
import { compressionPasses } from '@fleetfit/compress';
import { sharpDecoder } from '@fleetfit/images';
import { WorkItem, WorkResult } from '@fleetfit/protocol';
import { nodeRuntime, runInside } from '@fleetfit/runtime-node';
import { distil } from '@fleetfit/train';
import { draftFolder } from './draft-folder.ts';
import { makeCalibrationMemory } from './work/calibration-memory.ts';
import { doWork } from './work/do-work.ts';
import type { FromChild, ToChild } from './work-messages.ts';

// Where work is done: a process of its own, so that native code that crashes, memory that only grows and a thread that is busy
// for minutes leave the compressor itself free to keep its item alive. It is cancelled by being killed.
runInside(async (inside) => {
  const send = (message: FromChild): void => inside.send(message);
  const runtime = nodeRuntime();
  const decoder = sharpDecoder();
  const calibrations = makeCalibrationMemory();
  for (;;) {
    const { blobsFolder, threads, item } = asStart(await inside.next());
    const blobs = await openBlobStore(blobsFolder);
    const { task, workId, epoch } = WorkItem.decode(item);
    const progress = (done: number, what: string): void => send({ kind: 'progress', done, what });
    const signal = new AbortController().signal;
    const result = await doWork(task, {
      blobs,
      runtime,
      decoder,
      calibrations,
      drafts: draftFolder(join(dirname(blobsFolder), 'drafts')),
      passes: [...compressionPasses, distil],
      threads,
      signal,
      progress,
    });
    send({ kind: 'result', result: WorkResult.encode({ workId, epoch, worker: '', hostId: '', result }).finish() });
  }
});

function asStart(message: unknown): ToChild {
  // Only the compressor that started this process can send.
  return message as ToChild;
}
