import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBlobStore } from '@fleetfit/artifacts';
import { sha256 } from '@fleetfit/core';
import type { WorkItem } from '@fleetfit/protocol';
import { nodeHost } from '@fleetfit/runtime-node';
import { afterEach, describe, expect, it } from 'vitest';
import { scratch } from './fakes/scratch.ts';
import { colourModel } from './fakes/tiny-model.ts';
import { type WorkProcess, workProcess } from './work-process.ts';

const { folder, write, endless } = scratch();
const SECONDS = 1000;
const blobsFolder = join(folder, 'blobs');
const started: WorkProcess[] = [];
const start = (entry = './work-child.ts'): WorkProcess => {
  const host = nodeHost({ entry: fileURLToPath(new URL(entry, import.meta.url)), execArgv: ['--import', 'tsx'] });
  const process = workProcess({ host, blobsFolder, threads: 1 });
  started.push(process);
  return process;
};
afterEach(async () => {
  for (const process of started.splice(0)) await process.close();
});

const importing = (path: string): WorkItem => ({
  workId: 'w1',
  epoch: 1,
  task: { $case: 'importModel', value: { path, sidecarJson: '' } },
});
const quiet = { signal: new AbortController().signal, progress: () => {} };

describe('a process that works', () => {
  it(
    'does one item after another and tells how far it is',
    async () => {
      const path = write('colours.onnx', colourModel());
      const work = start();
      const said: string[] = [];
      const result = await work.run(importing(path), { ...quiet, progress: (_, what) => said.push(what) });
      if (result.$case !== 'importedModel') throw new Error(JSON.stringify(result));
      expect(said).toContain('opening it');
      const blobs = await openBlobStore(blobsFolder);
      const { graph, tensors = [] } = result.value.artifact ?? {};
      for (const blob of [graph, ...tensors]) expect((await blobs.get(sha256(blob?.sha256 ?? ''))).length).toBe(blob?.bytes);
      expect(await work.run(importing(join(folder, 'none.onnx')), quiet)).toMatchObject({ $case: 'failed', value: { code: 'not-found' } });
    },
    60 * SECONDS,
  );

  it(
    'is gone when its item is cancelled, and another does the next',
    async () => {
      const work = start();
      const cancel = new AbortController();
      const running = work.run(importing(endless('endless.onnx')), { signal: cancel.signal, progress: () => cancel.abort() });
      await expect(running).rejects.toMatchObject({ code: 'cancelled' });
      expect(await work.run(importing(write('next.onnx', colourModel())), quiet)).toMatchObject({ $case: 'importedModel' });
    },
    60 * SECONDS,
  );

  it(
    'that crashes is a failure of its item alone',
    async () => {
      const work = start('./fakes/crashing-child.ts');
      for (let i = 0; i < 2; i++) {
        expect(await work.run(importing('x'), quiet)).toMatchObject({
          $case: 'failed',
          value: { code: 'unavailable', why: expect.stringContaining('signal SIGKILL'), next: expect.stringContaining('memory') },
        });
      }
    },
    60 * SECONDS,
  );
});
