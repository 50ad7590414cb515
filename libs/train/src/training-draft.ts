import { FleetError } from '@fleetfit/core';
import type { EpochFigure } from '@fleetfit/space';
import type { Checkpoint } from './train.ts';

/** How far a training has come: where it goes on, the best it had, and the figures up to there. */
export interface TrainingDraft {
  readonly last: Checkpoint;
  readonly best: Checkpoint;
  readonly figures: readonly EpochFigure[];
}

interface Header {
  readonly version: 1;
  readonly figures: readonly EpochFigure[];
  /** Of both checkpoints, last first: their step and the lengths of their vectors. */
  readonly checkpoints: readonly { readonly step: number; readonly lengths: readonly number[] }[];
}

const vectorsOf = ({ weights, statistics, moments }: Checkpoint): readonly Float32Array[] => [weights, statistics, ...moments];

/** A draft as one file: the length of a JSON header, the header, then all vectors as float32 in the order of the header. */
export function encodeDraft({ last, best, figures }: TrainingDraft): Uint8Array {
  const both = [last, best];
  const checkpoints = both.map((each) => ({ step: each.step, lengths: vectorsOf(each).map(({ length }) => length) }));
  const header = new TextEncoder().encode(JSON.stringify({ version: 1, figures, checkpoints } satisfies Header));
  const vectors = both.flatMap(vectorsOf);
  const out = new Uint8Array(4 + header.length + vectors.reduce((sum, { byteLength }) => sum + byteLength, 0));
  new DataView(out.buffer).setUint32(0, header.length, true);
  out.set(header, 4);
  let at = 4 + header.length;
  for (const { buffer, byteOffset, byteLength } of vectors) {
    out.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  return out;
}

/** @throws FleetError `corrupt` for a file that ends early or was written by another version */
export function decodeDraft(bytes: Uint8Array): TrainingDraft {
  const { header, from } = headerOf(bytes);
  let at = from;
  const [last, best] = header.checkpoints.map(({ step, lengths }): Checkpoint => {
    const vectors = lengths.map((length) => {
      const part = bytes.slice(at, at + 4 * length);
      at += 4 * length;
      if (part.length !== 4 * length) throw new FleetError('corrupt', 'Cannot go on with a training: its draft ends early');
      return new Float32Array(part.buffer, part.byteOffset, length);
    });
    const [weights = new Float32Array(), statistics = new Float32Array(), ...moments] = vectors;
    return { step, weights, statistics, moments };
  });
  if (!last || !best) throw new FleetError('corrupt', 'Cannot go on with a training: its draft holds no checkpoint');
  return { last, best, figures: header.figures };
}

function headerOf(bytes: Uint8Array): { readonly header: Header; readonly from: number } {
  const length = bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  try {
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))) as Header;
    if (header.version === 1) return { header, from: 4 + length };
  } catch (cause) {
    throw new FleetError('corrupt', 'Cannot go on with a training: its draft cannot be read', { cause });
  }
  throw new FleetError('corrupt', 'Cannot go on with a training: its draft is of another version');
}
