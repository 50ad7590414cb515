import { candidateId, FleetError } from '@fleetfit/core';
import type { WorkResult } from '@fleetfit/protocol';
import type { WorkRow } from '@fleetfit/store';
import type { HistoryLine, SweepEvent } from '@fleetfit/sweep';
import { parseWorkInput } from './stored.ts';

export type WorkOutput = NonNullable<WorkResult['result']>;

/** What a compressor handed in, or why it failed, as a stored document. */
export function outputOf(row: WorkRow): WorkOutput {
  const document = row.state === 'done' ? row.output : row.error;
  if (typeof document !== 'object' || document === null || !('$case' in document))
    throw new FleetError('corrupt', `Cannot read the result of work ${row.id}`);
  return document as WorkOutput;
}

/** The event of a sweep's work item that is over. */
export function outcomeEvent(row: WorkRow): SweepEvent {
  const at = Date.now();
  const { owner } = parseWorkInput(row.input);
  const output = outputOf(row);
  if (owner.kind !== 'sweep') throw new FleetError('bug', `Cannot tell a sweep of work ${row.id}: it is of a ${owner.kind}`);
  if (owner.candidate === undefined) return preparedEvent(output, { split: owner.split ?? 'validation', at });
  const candidate = candidateId(owner.candidate);
  switch (output.$case) {
    case 'compressed': {
      const { artifact, bytes, sentence, historyJson } = output.value;
      if (!artifact) return { kind: 'broken', candidate, why: 'the compressor returned no artifact', at };
      return { kind: 'compressed', candidate, artifact, bytes, sentence, history: JSON.parse(historyJson) as readonly HistoryLine[], at };
    }
    case 'refused':
      return { kind: 'refused', candidate, why: output.value.why, at };
    case 'failed':
      return { kind: 'broken', candidate, why: output.value.why, at };
    default:
      return { kind: 'broken', candidate, why: `the compressor answered "${output.$case}"`, at };
  }
}

function preparedEvent(output: WorkOutput, { split, at }: { split: 'calibration' | 'validation' | 'test'; at: number }): SweepEvent {
  if (output.$case === 'preparedImages') return { kind: 'prepared', split, packs: output.value.packs, labels: output.value.labels, at };
  const why = output.$case === 'refused' || output.$case === 'failed' ? output.value.why : `the compressor answered "${output.$case}"`;
  return { kind: 'failed', why: `the ${split} images could not be prepared: ${why}`, at };
}
