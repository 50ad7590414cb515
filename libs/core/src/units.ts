import type { Branded } from './ids.ts';

/** A length of time, or a moment since the Unix epoch, in milliseconds. */
export type Milliseconds = Branded<number, 'Milliseconds'>;
export type Bytes = Branded<number, 'Bytes'>;

export const milliseconds = (value: number): Milliseconds => value as Milliseconds;
export const seconds = (value: number): Milliseconds => (value * 1000) as Milliseconds;
export const bytes = (value: number): Bytes => value as Bytes;
