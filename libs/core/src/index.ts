export type { Clock } from './clock.ts';
export { type DeviceClass, type DeviceClassFacts, deviceClassOf } from './device-class.ts';
export { type ErrorCode, FleetError, type FleetErrorOptions, toFleetError, unreachable } from './errors.ts';
export {
  type AttemptId,
  attemptId,
  type Branded,
  type CandidateId,
  candidateId,
  type DatasetId,
  type DeviceClassId,
  type DeviceId,
  datasetId,
  deviceClassId,
  deviceId,
  type HostId,
  hostId,
  type JobId,
  jobId,
  type ModelId,
  modelId,
  type Sha256,
  type SweepId,
  sha256,
  sweepId,
  type WorkId,
  workId,
} from './ids.ts';
export { type Log, type LogFields, silent } from './log.ts';
export type { Estimate, MetricName, Metrics, Outcome } from './outcome.ts';
export { isRefusal, type Refusal, refuse } from './refusal.ts';
export { type Rng, seededRng } from './rng.ts';
export { type Bytes, bytes, type Milliseconds, milliseconds, seconds } from './units.ts';
