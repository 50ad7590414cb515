import { nodeOf } from './edit.ts';
import type { NewNode } from './graph-view.ts';
import type { Constant, ElementType, Model, Value } from './model.ts';

export interface NewValue {
  readonly name: string;
  readonly type: ElementType;
  /** A string stands for a free dimension; no dims: any rank. */
  readonly dims?: readonly (number | string | undefined)[];
}

export interface NewModel {
  readonly name: string;
  /** Of the default domain. */
  readonly opset: number;
  readonly inputs: readonly NewValue[];
  readonly outputs: readonly NewValue[];
  /** In topological order. */
  readonly nodes: readonly NewNode[];
  readonly constants?: readonly Constant[];
  /** Versions of other domains: `{ 'com.microsoft': 1 }`. */
  readonly domains?: Readonly<Record<string, number>>;
}

const NOTHING = new Uint8Array(0);

/** A model from its parts: training graphs, probes, tests. Not verified: `verifyModel` does that. */
export function buildModel(from: NewModel): Model {
  return {
    irVersion: irVersionFor(from.opset),
    opsets: new Map([['', from.opset], ...Object.entries(from.domains ?? {})]),
    producer: { name: 'fleetfit', version: '' },
    metadata: new Map(),
    unknown: NOTHING,
    graph: {
      name: from.name,
      nodes: from.nodes.map((node) => nodeOf(node)),
      constants: new Map((from.constants ?? []).map((constant) => [constant.name, constant])),
      inputs: from.inputs.map(valueOf),
      outputs: from.outputs.map(valueOf),
      values: new Map(),
      unknown: NOTHING,
    },
  };
}

function valueOf({ name, type, dims }: NewValue): Value {
  return { name, type, dims, wire: undefined };
}

/** The IR version that came out together with an opset (https://github.com/onnx/onnx/blob/main/docs/Versioning.md), 8 at least. */
function irVersionFor(opset: number): number {
  if (opset <= 18) return 8;
  if (opset <= 20) return 9;
  if (opset <= 22) return 10;
  return Math.min(opset - 12, 13);
}
