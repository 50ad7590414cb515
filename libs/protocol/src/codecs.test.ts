import { deviceId, FleetError } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import {
  checkedArtifact,
  checkedImagePacks,
  checkedReport,
  decodeMessage,
  deviceClassOfFacts,
  encodeMessage,
  joinStatement,
  sessionStatement,
} from './codecs.ts';
import { type Conditions, type Measurement, Report } from './generated/fleet/v1/report.ts';
import { deviceOfSubject, deviceSubjects } from './subjects.ts';

const hash = 'ab'.repeat(32);
const interval = (value: number) => ({ value, low: value * 0.9, high: value * 1.1 });
const conditions: Conditions = {
  runtime: 'node',
  runtimeVersion: '1.30.0',
  provider: 'cpu',
  threads: 1,
  optimization: 'all',
  cpu: 'x',
  features: [],
  os: 'linux',
  arch: 'x64',
  memoryBytes: 1,
  agentVersion: '0.1.0',
  measure: { blocks: 2, blockMs: 1, warmUpMs: 0, precision: 0.1 },
  ttlMs: 1,
  heartbeatMs: 1,
  load: 0,
};
const measured: Measurement = {
  blocks: [{ index: 0, control: false, sampleMs: [1, 2], runs: 1 }],
  p50Ms: interval(1),
  p90Ms: interval(2),
  p95Ms: interval(2),
  controlP50Ms: interval(2),
  ratio: interval(0.5),
  loadMs: 1,
  firstRunMs: 1,
  memoryBytes: 0,
  classes: [1, 2],
  notes: [],
  conditions,
  durationMs: 5,
};
const report = (value: Partial<Measurement> = {}): Report => ({
  attemptId: 'a1',
  jobId: 'j1',
  deviceId: 'd1',
  fence: 1,
  schema: 1,
  outcome: { $case: 'measured', value: { ...measured, ...value } },
});

describe('a report from outside', () => {
  it('comes through the wire and the check as it was', () => {
    expect(checkedReport(decodeMessage(Report, encodeMessage(Report, report()), 'report'))).toEqual(report());
  });

  it.each([
    ['a latency that is no number', { p50Ms: { value: Number.NaN, low: 0, high: 1 } }, 'p50Ms'],
    ['a negative latency', { p90Ms: { value: -1, low: -2, high: 0 } }, 'p90Ms'],
    ['an infinite ratio', { ratio: { value: Number.POSITIVE_INFINITY, low: 1, high: Number.POSITIVE_INFINITY } }, 'ratio'],
    ['a value outside its interval', { p95Ms: { value: 5, low: 1, high: 2 } }, 'not between'],
    ['no sample', { blocks: [] }, 'samples'],
    ['a sample that is no number', { blocks: [{ index: 0, control: false, sampleMs: [Number.NaN], runs: 1 }] }, 'a sample'],
    ['no conditions', { conditions: undefined }, 'conditions'],
  ] as const)('is refused with %s', (_, value, said) => {
    expect(() => checkedReport(report(value as Partial<Measurement>))).toThrow(said);
  });

  it('is refused without an outcome and with ids that could be paths', () => {
    expect(() => checkedReport({ ...report(), outcome: undefined })).toThrow('no outcome');
    expect(() => checkedReport({ ...report(), attemptId: '../../x' })).toThrow(FleetError);
  });

  it('is one sentence when the bytes are no message', () => {
    expect(() => decodeMessage(Report, Uint8Array.of(0xff, 0xff, 0xff), 'report')).toThrow('Cannot read the report');
  });
});

describe('artifacts and images', () => {
  it('are refused with a hash that could be a path', () => {
    expect(() => checkedArtifact({ graph: { sha256: '../../etc/passwd', bytes: 1 }, tensors: [] }, 'artifact')).toThrow('SHA-256');
    expect(() => checkedArtifact({ graph: { sha256: hash, bytes: 1 }, tensors: [{ sha256: 'x', bytes: 1 }] }, 'artifact')).toThrow(
      'SHA-256',
    );
    expect(() => checkedArtifact(undefined, 'artifact')).toThrow('no graph');
  });

  it('are refused when a pack is not as long as its images', () => {
    const pack = { blob: { sha256: hash, bytes: 24 }, count: 2, height: 2, width: 2, channels: 3 };
    expect(checkedImagePacks([pack])).toEqual([pack]);
    expect(() => checkedImagePacks([{ ...pack, count: 3 }])).toThrow('do not fill');
  });
});

describe('what is signed', () => {
  it('differs by purpose, so that one signature is never good for the other', () => {
    const nonce = Uint8Array.of(1, 2);
    expect(joinStatement(nonce, new TextEncoder().encode('U'))).not.toEqual(sessionStatement(nonce, 'U'));
    expect(Array.from(joinStatement(Uint8Array.of(1), Uint8Array.of(2)).slice(-3))).toEqual([1, 0, 2]);
  });
});

describe('subjects and facts', () => {
  it('name the device that speaks, and nothing else', () => {
    expect(deviceOfSubject(deviceSubjects(deviceId('cam')).lease)).toBe('cam');
    for (const wrong of ['x.cam.lease', 'f.cam', 'f..lease', 'f.a b.lease']) expect(() => deviceOfSubject(wrong)).toThrow(FleetError);
  });

  it('place a device in a class, or say why not', () => {
    const facts = {
      hostId: 'h',
      name: 'n',
      cpu: 'c',
      features: [],
      os: 'linux',
      arch: 'x64',
      runtime: 'node',
      runtimeVersion: '1',
      provider: 'cpu',
      threads: 1,
      isolated: true,
      memoryBytes: 1,
      agentVersion: '1',
    };
    expect(deviceClassOfFacts(facts).label).toBe('c, node cpu, 1 thread');
    expect(() => deviceClassOfFacts({ ...facts, runtime: 'toaster' })).toThrow('toaster');
    expect(() => deviceClassOfFacts({ ...facts, threads: 0 })).toThrow('threads');
  });
});
