import type { LayerChange } from '../client/views.ts';

/** One layer of the original and what became of it, ready to draw. */
export interface LayerLine {
  readonly id: string;
  readonly op: string;
  readonly depthwise: boolean;
  /** Of the weights; undefined where nothing of the layer is recorded. */
  readonly bits: number | undefined;
  /** Outputs that were cut off, as a fraction; 0: none. */
  readonly pruned: number;
  /** How many layers stand for it: more than one where it was taken apart. */
  readonly parts: number;
  readonly bytes: { readonly original: number; readonly now: number | undefined };
  readonly macs: { readonly original: number | undefined; readonly now: number | undefined };
  /** Why a pass left it alone, in sentences. */
  readonly refusals: readonly string[];
}

interface Refused {
  readonly kind: 'changed' | 'refused';
  readonly layer: string;
  readonly what: string;
}

/** What was done to every layer, with what was refused to it. */
export function layerLines(layers: readonly LayerChange[], history: readonly Refused[]): readonly LayerLine[] {
  return layers.map(({ original, now }) => {
    const known = now.length > 0;
    const total = (of: (part: (typeof now)[number]) => number | undefined): number | undefined =>
      known && now.every((part) => of(part) !== undefined) ? now.reduce((sum, part) => sum + (of(part) ?? 0), 0) : undefined;
    return {
      id: original.id,
      op: original.op,
      depthwise: original.depthwise,
      bits: known ? Math.min(...now.map((part) => part.bits)) : undefined,
      pruned: prunedShare(original.shape, now.at(-1)?.shape),
      parts: now.length,
      bytes: { original: original.bytes, now: total((part) => part.bytes) },
      macs: { original: original.macs, now: total((part) => part.macs) },
      refusals: history.filter((line) => line.kind === 'refused' && line.layer === original.id).map((line) => line.what),
    };
  });
}

/** The channels of an output stand second, behind the batch. */
function prunedShare(before: readonly number[] | undefined, after: readonly number[] | undefined): number {
  const [was, is] = [before?.[1], after?.[1]];
  return was !== undefined && is !== undefined && is < was ? 1 - is / was : 0;
}

/** What the strips and bars say, in a sentence. */
export function sayChanges(lines: readonly LayerLine[]): string {
  const recorded = lines.filter((line) => line.bits !== undefined);
  if (recorded.length === 0) return 'What became of each layer was not recorded for this candidate.';
  const said: string[] = [];
  for (const bits of [...new Set(recorded.map((line) => line.bits))].sort((a, b) => (a ?? 0) - (b ?? 0)))
    said.push(`${recorded.filter((line) => line.bits === bits).length} at ${bits} bits`);
  const pruned = recorded.filter((line) => line.pruned > 0).length;
  const apart = recorded.filter((line) => line.parts > 1).length;
  if (pruned > 0) said.push(`${pruned} pruned`);
  if (apart > 0) said.push(`${apart} taken apart`);
  const gone = lines.length - recorded.length;
  if (gone > 0) said.push(`${gone} folded away`);
  return `${lines.length} layers: ${said.join(', ')}.`;
}
