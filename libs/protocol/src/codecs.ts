import { attemptId, type DeviceClass, deviceClassOf, deviceId, FleetError, jobId, sha256 } from '@fleetfit/core';
import type { Artifact, ImagePack } from './generated/fleet/v1/artifact.ts';
import type { DeviceFacts } from './generated/fleet/v1/enrollment.ts';
import type { Job } from './generated/fleet/v1/job.ts';
import type { Interval, Measurement, Report } from './generated/fleet/v1/report.ts';

/** What ts-proto makes for a message: enough to read and write it. */
export interface Message<Value> {
  encode(value: Value): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Value;
}

export function encodeMessage<Value>(message: Message<Value>, value: Value): Uint8Array {
  return message.encode(value).finish();
}

/** Reads a message. @throws FleetError `invalid` instead of the decoder's own error */
export function decodeMessage<Value>(message: Message<Value>, bytes: Uint8Array, what: string): Value {
  try {
    return message.decode(bytes);
  } catch (cause) {
    throw new FleetError('invalid', `Cannot read the ${what}: the bytes are no such message`, { cause });
  }
}

const LARGEST_BLOB = 2 ** 40;
const LARGEST_REPORT_SAMPLES = 200_000;

/** An artifact whose every hash is a hash: they become file names. */
export function checkedArtifact(
  artifact: Artifact | undefined,
  what: string,
): Artifact & { readonly graph: NonNullable<Artifact['graph']> } {
  const graph = artifact?.graph;
  if (!artifact || !graph) throw new FleetError('invalid', `Cannot use the ${what}: it has no graph`);
  for (const blob of [graph, ...artifact.tensors]) checkedBlob(blob);
  return { ...artifact, graph };
}

function checkedBlob(blob: { sha256: string; bytes: number }): void {
  sha256(blob.sha256);
  within('the size of a blob', blob.bytes, [0, LARGEST_BLOB]);
}

export function checkedImagePacks(packs: readonly ImagePack[]): readonly (ImagePack & { readonly blob: NonNullable<ImagePack['blob']> })[] {
  return packs.map((pack) => {
    const blob = pack.blob;
    if (!blob) throw new FleetError('invalid', 'Cannot use an image pack: it names no blob');
    checkedBlob(blob);
    if (pack.count * pack.height * pack.width * pack.channels !== blob.bytes) {
      throw new FleetError(
        'invalid',
        `Cannot use image pack ${blob.sha256.slice(0, 8)}: ${pack.count} images of ${pack.height}x${pack.width}x${pack.channels} do not fill ${blob.bytes} bytes`,
      );
    }
    return { ...pack, blob };
  });
}

/** A job with every part that measuring needs. */
export function checkedJob(job: Job | undefined) {
  if (!job?.preparation || !job.measure) throw new FleetError('invalid', 'Cannot take a job: its preparation or settings are missing');
  jobId(job.jobId);
  return {
    ...job,
    artifact: checkedArtifact(job.artifact, 'artifact of a job'),
    control: checkedArtifact(job.control, 'control of a job'),
    images: checkedImagePacks(job.images),
    preparation: job.preparation,
    measure: job.measure,
  };
}
export type CheckedJob = ReturnType<typeof checkedJob>;

/** A report from outside, held to what a report can be: ids, finite non-negative numbers, sane counts. */
export function checkedReport(report: Report | undefined): Report & { readonly outcome: NonNullable<Report['outcome']> } {
  if (!report?.outcome) throw new FleetError('invalid', 'Cannot take a report: it has no outcome');
  attemptId(report.attemptId);
  jobId(report.jobId);
  deviceId(report.deviceId);
  if (report.outcome.$case === 'measured') checkMeasurement(report.outcome.value);
  return { ...report, outcome: report.outcome };
}

function checkMeasurement(found: Measurement): void {
  const intervals = {
    p50Ms: found.p50Ms,
    p90Ms: found.p90Ms,
    p95Ms: found.p95Ms,
    controlP50Ms: found.controlP50Ms,
    ratio: found.ratio,
  };
  for (const [name, interval] of Object.entries(intervals)) checkInterval(name, interval);
  within('loadMs', found.loadMs, [0, 1e9]);
  within('firstRunMs', found.firstRunMs, [0, 1e9]);
  const samples = found.blocks.flatMap((block) => block.sampleMs);
  within('the number of samples', samples.length, [1, LARGEST_REPORT_SAMPLES]);
  for (const sample of samples) within('a sample', sample, [0, 1e9]);
  if (!found.conditions) throw new FleetError('invalid', 'Cannot take a measurement: its conditions are missing');
}

function checkInterval(name: string, interval: Interval | undefined): void {
  if (!interval) throw new FleetError('invalid', `Cannot take a measurement: ${name} is missing`);
  const { low, value, high } = interval;
  within(name, value, [0, 1e9]);
  if (!(low <= value && value <= high))
    throw new FleetError('invalid', `Cannot take a measurement: ${name} ${value} is not between ${low} and ${high}`);
}

function within(name: string, value: number, [least, most]: readonly [least: number, most: number]): void {
  if (!Number.isFinite(value) || value < least || value > most)
    throw new FleetError('invalid', `Cannot accept ${name}: ${value} is not between ${least} and ${most}`);
}

/** The class of a device by what it says of itself. */
export function deviceClassOfFacts(facts: DeviceFacts): DeviceClass {
  if (facts.runtime !== 'node' && facts.runtime !== 'web')
    throw new FleetError('invalid', `Cannot place a device: its runtime "${facts.runtime}" is neither node nor web`);
  within('threads', facts.threads, [1, 1024]);
  return deviceClassOf({
    cpu: facts.cpu,
    features: facts.features,
    os: facts.os,
    arch: facts.arch,
    runtime: facts.runtime,
    runtimeVersion: facts.runtimeVersion,
    provider: facts.provider,
    threads: facts.threads,
    isolated: facts.isolated,
  });
}

/** Exactly the bytes that a device signs when it joins; see enrollment.proto. */
export function joinStatement(nonce: Uint8Array, spki: Uint8Array): Uint8Array {
  return statement('fleetfit join', nonce, spki);
}

/** Exactly the bytes that a device signs to open a session. */
export function sessionStatement(nonce: Uint8Array, natsUser: string): Uint8Array {
  return statement('fleetfit session', nonce, new TextEncoder().encode(natsUser));
}

function statement(purpose: string, ...parts: Uint8Array[]): Uint8Array {
  const all = [new TextEncoder().encode(purpose), ...parts];
  const out = new Uint8Array(all.reduce((length, part) => length + part.length + 1, -1));
  let at = 0;
  for (const part of all) {
    out.set(part, at);
    at += part.length + 1;
  }
  return out;
}
