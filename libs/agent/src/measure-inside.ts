import { type Clock, FleetError, seededRng, toFleetError } from '@fleetfit/core';
import { clockResolution, measure, runControl } from '@fleetfit/measure';
import { checkedJob, decodeMessage, encodeMessage, Job, Measurement } from '@fleetfit/protocol';
import type { Inside, Runtime } from '@fleetfit/runtime';
import { type FromMeasuring, parseToInside, type ToInside } from './inside-messages.ts';
import { type BlobReader, imagesOf, modelFilesOf } from './job-files.ts';

/** What the measuring process or worker has on its platform. */
export interface InsideParts {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly blobs: BlobReader;
}

/** The program of a measuring process: takes one task from its agent, carries it out, and is done. */
export async function measureInside(inside: Inside, parts: InsideParts): Promise<void> {
  const send = (message: FromMeasuring): void => inside.send(message);
  const task = parseToInside(await inside.next());
  try {
    if (task.kind === 'go') throw new FleetError('bug', 'Cannot measure: there is no task');
    send(task.kind === 'measure' ? await measured(task, inside, parts) : await controlRan(task, parts));
  } catch (thrown) {
    const { code, message } = toFleetError(thrown, 'Cannot measure');
    send({ kind: 'failed', code, why: message });
  }
}

type Task = Exclude<ToInside, { kind: 'go' }>;

async function measured(task: Task, inside: Inside, parts: InsideParts): Promise<FromMeasuring> {
  const send = (message: FromMeasuring): void => inside.send(message);
  const job = checkedJob(decodeMessage(Job, task.job, 'job'));
  const found = await measure({
    ...common(task, parts),
    candidate: () => modelFilesOf(job.artifact, parts.blobs),
    settings: job.measure,
    top: job.top,
    clock: parts.clock,
    resolution: clockResolution(parts.clock),
    rng: seededRng(task.seed),
    peakMemory: () => inside.peakMemory(),
    enter: async (phase) => {
      send({ kind: 'enter', phase });
      parseToInside(await inside.next());
    },
    onProgress: (done) => send({ kind: 'progress', done }),
  });
  return { kind: 'measured', measurement: encodeMessage(Measurement, { ...found, conditions: undefined }) };
}

async function controlRan(task: Task, parts: InsideParts): Promise<FromMeasuring> {
  await runControl(common(task, parts));
  return { kind: 'control-ran' };
}

function common(task: Task, { runtime, blobs }: InsideParts) {
  const job = checkedJob(decodeMessage(Job, task.job, 'job'));
  return {
    runtime,
    open: task.open,
    control: () => modelFilesOf(job.control, blobs),
    images: imagesOf(job, blobs),
    input: job.preparation.input,
    // Who wants it to stop ends the process: it may be busy inside one run for long.
    signal: new AbortController().signal,
  };
}
