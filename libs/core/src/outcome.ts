import type { Refusal } from './refusal.ts';

/**
 * What can be known of a candidate. Accuracy is a fraction in 0..1, latency in ms, size and memory in bytes; a score is any one number
 * that is better when smaller, for questions that have nothing else to say.
 */
export type MetricName = 'accuracy' | 'latency' | 'size' | 'memory' | 'score';

/** A number that was measured: its value, the variance of that value, and a 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly variance: number;
  readonly low: number;
  readonly high: number;
  /** How many observations (blocks, images) it rests on. */
  readonly count: number;
}

export type Metrics = Partial<Readonly<Record<MetricName, Estimate>>>;

/** What a sampler is told of one candidate on one device class. */
export type Outcome =
  | { readonly kind: 'measured'; readonly metrics: Metrics }
  /** A pass would not apply: nothing was measured and nothing ever will be. */
  | Refusal
  /** It was tried and did not work, on devices that are otherwise well. */
  | { readonly kind: 'failed'; readonly why: string }
  /** Measured or known, and outside a hard constraint. */
  | { readonly kind: 'infeasible'; readonly why: string; readonly metrics: Metrics };
