import type { VjpRule } from '../vjp-rule.ts';

/**
 * q = round(x / scale) + zero, saturated. Rounding has no slope, so the gradient goes straight through (Bengio et al. 2013, the
 * straight-through estimator): the pair of QuantizeLinear and DequantizeLinear counts as y = x.
 */
export const quantizeLinear: VjpRule = { op: 'QuantizeLinear', vjp: (_, { gradient }) => [gradient] };

/** y = (q - zero) scale: the other half of the pair, see QuantizeLinear. */
export const dequantizeLinear: VjpRule = { op: 'DequantizeLinear', vjp: (_, { gradient }) => [gradient] };
