import type { Tensor } from '@fleetfit/runtime';

/** What a worker is asked to run. */
export interface AgreementTask {
  readonly file: string;
  /** The largest value of the input. */
  readonly most: number;
  readonly threads: number;
}

/** What a worker tells of a model that it has run; the numbers themselves go to the server. */
export interface WebOutputs {
  readonly outputs: readonly (Pick<Tensor, 'type' | 'dims'> & { readonly name: string })[];
}
