import { type Model, viewOf } from '@fleetfit/onnx';
import { weightsOf } from './known-values.ts';

/**
 * Which weights stay when only the last part of a network is trained.
 * @param unfrozen share of the layers that are trained, counted from the end, 0..1; those of `always` are trained in any case
 */
export function freezeDepth(model: Model, unfrozen: number, always: readonly string[]): (weight: string) => boolean {
  const weights = weightsOf(model);
  const view = viewOf(model);
  const layers = view.nodes.map((node) => node.inputs.filter((input) => weights.has(input))).filter((inputs) => inputs.length > 0);
  const frozen = layers.slice(0, Math.round(layers.length * (1 - Math.min(1, Math.max(0, unfrozen)))));
  const trained = new Set([...layers.slice(frozen.length).flat(), ...always]);
  const stay = new Set(frozen.flat().filter((name) => !trained.has(name)));
  return (weight) => stay.has(weight);
}
