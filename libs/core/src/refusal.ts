/** An expected "no" with its reason: kept in the history of a candidate, so that a recipe explains what it did not do. */
export interface Refusal {
  readonly kind: 'refused';
  /** One sentence that names the value in question. */
  readonly why: string;
}

export const refuse = (why: string): Refusal => ({ kind: 'refused', why });

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'refused';
}
