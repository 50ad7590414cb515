/**
 * Before: x -> Conv(W) -> y
 * After:  x -> Conv(Cast(W16)) -> y,  W16 = W rounded to 16-bit floats
 *
 * Half the file at the same speed: runtimes compute the Cast of a constant once, when they load the model, and go on in 32-bit floats.
 * (Computing in 16 bits is slow on CPUs.) Inputs and outputs stay as they are.
 *
 * Conditions
 * 1. The constant is float32 with at least 128 numbers: below, the Cast node takes more bytes than it saves.
 * 2. All its numbers are within +-65504, the largest half float.
 * 3. It is no graph output, and no quantizer reads it: its scale must stand as a constant.
 */
import { type Refusal, refuse } from '@fleetfit/core';
import {
  type Change,
  type Constant,
  constantOf,
  countOf,
  editModel,
  encodeModel,
  float16ArrayOf,
  floatsOf,
  type GraphView,
  type Model,
  type Pass,
  type PassResult,
  viewOf,
} from '@fleetfit/onnx';
import type { Knob } from '@fleetfit/space';
import { precisionKnob } from '../precision-knobs.ts';
import { foldingFirst, SMALLEST_WEIGHT } from '../stored-weight.ts';

const LARGEST_HALF = 65504;

/** Weights in half the bytes. */
export const castWeights: Pass = {
  word: 'cast-weights',
  about: 'Store weights as 16-bit floats, expanded when the model loads',
  parameters: [{ key: 'to', about: 'type that weights are stored in', values: ['float16'], default: 'float16' }],
  sentence: () => 'Weights stored as 16-bit floats, computed in 32 bits',
  knobs,
  requires: (model) => (castable(viewOf(model)).length > 0 ? undefined : refuse('no float32 constant is large enough to gain from it')),
  apply: async (model) => castModel(model),
};

function knobs(model: Model): readonly Knob[] {
  const { model: folded, steps } = foldingFirst(model);
  const bytes = encodeModel(castModel(folded).model).length;
  return [
    precisionKnob({
      name: 'float16-weights',
      label: '16-bit weights',
      steps: [...steps, { word: 'cast-weights', args: { to: 'float16' } }],
      bytes,
    }),
  ];
}

function castModel(model: Model): PassResult {
  const changes: Change[] = [];
  const origins = new Map<string, string>();
  const cast = editModel(model, (graph) => {
    for (const { constant, layer } of castable(graph)) {
      const refusal = whyNotHalf(constant);
      if (refusal) {
        changes.push({ kind: 'refused', layer, why: refusal.why });
        continue;
      }
      const [stored, expanded] = [graph.freshName(`${constant.name}_float16`), graph.freshName(`${constant.name}_float32`)];
      graph.setConstant(constantOf(stored, constant.dims, float16ArrayOf(floatsOf(constant))));
      graph.replaceUses(constant.name, expanded);
      graph.add({ name: expanded, op: 'Cast', inputs: [stored], outputs: [expanded], attributes: { to: 1 } });
      origins.set(expanded, layer);
      changes.push({ kind: 'changed', layer, what: `"${constant.name}" stored as 16-bit floats` });
    }
  });
  return { model: cast, changes, origins };
}

/** Constants that would shrink, each with the layer that reads it first. */
function castable(graph: GraphView): readonly { readonly constant: Constant; readonly layer: string }[] {
  const found = new Map<string, { constant: Constant; layer: string }>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      const constant = found.has(input) ? undefined : graph.constant(input);
      if (constant?.type !== 'float32' || constant.data.kind !== 'raw' || countOf(constant.dims) < SMALLEST_WEIGHT || graph.isOutput(input))
        continue;
      if (!graph.usersOf(input).some((user) => user.op.endsWith('Linear'))) found.set(input, { constant, layer: graph.idOf(node) });
    }
  }
  return [...found.values()];
}

function whyNotHalf(constant: Constant): Refusal | undefined {
  const largest = floatsOf(constant).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return largest <= LARGEST_HALF
    ? undefined
    : refuse(`"${constant.name}" reaches ${largest}, beyond ${LARGEST_HALF}, the largest 16-bit float`);
}
