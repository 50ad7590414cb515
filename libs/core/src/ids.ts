import { FleetError } from './errors.ts';

declare const brand: unique symbol;
/** A string or number that only its own constructor makes, so that one id is never taken for another. */
export type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

export type ModelId = Branded<string, 'ModelId'>;
export type DatasetId = Branded<string, 'DatasetId'>;
export type SweepId = Branded<string, 'SweepId'>;
/** `c000` is the original; candidates count up from `c001` within a sweep. */
export type CandidateId = Branded<string, 'CandidateId'>;
export type DeviceId = Branded<string, 'DeviceId'>;
export type DeviceClassId = Branded<string, 'DeviceClassId'>;
/** One computer, however many agents and compressors run on it. */
export type HostId = Branded<string, 'HostId'>;
export type JobId = Branded<string, 'JobId'>;
export type AttemptId = Branded<string, 'AttemptId'>;
export type WorkId = Branded<string, 'WorkId'>;
/** 64 lower-case hexadecimal digits. */
export type Sha256 = Branded<string, 'Sha256'>;

// Ids become file names, NATS subject tokens and URL parts: letters, digits, `-` and `_` only.
const SAFE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/;

function id<Name extends string>(name: Name): (text: string) => Branded<string, Name> {
  return (text) => {
    if (!SAFE.test(text))
      throw new FleetError(
        'invalid',
        `Cannot use "${text.slice(0, 80)}" as ${name}: only letters, digits, "-" and "_" are allowed, 80 at most`,
      );
    return text as Branded<string, Name>;
  };
}

export const modelId = id('ModelId');
export const datasetId = id('DatasetId');
export const sweepId = id('SweepId');
export const candidateId = id('CandidateId');
export const deviceId = id('DeviceId');
export const deviceClassId = id('DeviceClassId');
export const hostId = id('HostId');
export const jobId = id('JobId');
export const attemptId = id('AttemptId');
export const workId = id('WorkId');

/** Refuses anything that is not a SHA-256 in lower-case hex: it is used as a file name, so nothing else may pass. */
export function sha256(text: string): Sha256 {
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new FleetError('invalid', `Cannot use "${text.slice(0, 80)}" as a SHA-256: 64 lower-case hexadecimal digits are needed`);
  return text as Sha256;
}
