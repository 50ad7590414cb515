import { sayBytes, sayPercent } from '@fleetfit/sweep/say-numbers';
import type { LayerView } from '../client/views.ts';

type Costs = Pick<LayerView, 'id' | 'bytes' | 'depthwise'> & { readonly macs?: number | undefined };

/** What stands out among the layers, in a sentence or two: where the work is, and where the bytes are. */
export function sayLayers(layers: readonly Costs[]): string {
  const macs = layers.reduce((sum, layer) => sum + (layer.macs ?? 0), 0);
  const bytes = layers.reduce((sum, layer) => sum + layer.bytes, 0);
  const heaviest = most(layers, (layer) => layer.bytes);
  const busiest = most(layers, (layer) => layer.macs ?? 0);
  if (!heaviest || !busiest || bytes === 0) return '';
  if (macs === 0)
    return `${heaviest.id} holds ${share(heaviest.bytes, bytes)} of the weights (${sayBytes(heaviest.bytes)}). MACs are not known: a shape is missing.`;
  const said =
    heaviest === busiest
      ? `${heaviest.id} holds ${share(heaviest.bytes, bytes)} of the weights and does ${share(heaviest.macs ?? 0, macs)} of the MACs.`
      : `${heaviest.id}: ${share(heaviest.bytes, bytes)} of the weights, ${share(heaviest.macs ?? 0, macs)} of the MACs. ${busiest.id} does most: ${share(busiest.macs ?? 0, macs)} of the MACs.`;
  const depthwise = layers.filter((layer) => layer.depthwise);
  if (depthwise.length === 0) return said;
  return `${said} Depthwise layers do ${share(
    depthwise.reduce((sum, layer) => sum + (layer.macs ?? 0), 0),
    macs,
  )}.`;
}

const share = (part: number, whole: number): string => sayPercent(part / whole, part / whole < 0.1 ? 1 : 0);

function most(layers: readonly Costs[], of: (layer: Costs) => number): Costs | undefined {
  return layers.reduce<Costs | undefined>((best, layer) => (best && of(best) >= of(layer) ? best : layer), undefined);
}
