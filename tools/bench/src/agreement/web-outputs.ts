import type { Tensor } from '@fleetfit/runtime';

/** What a worker tells of a model that it has run; the numbers themselves go to the server. */
export interface WebOutputs {
  readonly outputs: readonly (Pick<Tensor, 'type' | 'dims'> & { readonly name: string })[];
}
