import { type ErrorCode, FleetError } from '@fleetfit/core';
import type { Phase } from '@fleetfit/protocol';
import type { OpenOptions } from '@fleetfit/runtime';

/** How the models of a job are opened. */
export type OpenSettings = Omit<OpenOptions, 'signal'>;

/** From the agent to the measuring process. */
export type ToInside =
  | {
      readonly kind: 'measure' | 'run-control';
      /** An encoded Job. */
      readonly job: Uint8Array;
      /** Of the bootstrap. */
      readonly seed: string;
      readonly open: OpenSettings;
    }
  /** The phase that was asked for is written down. */
  | { readonly kind: 'go' };

/** From the measuring process to the agent. */
export type FromMeasuring =
  | { readonly kind: 'enter'; readonly phase: Phase }
  | { readonly kind: 'progress'; readonly done: number }
  /** An encoded Measurement. */
  | { readonly kind: 'measured'; readonly measurement: Uint8Array }
  | { readonly kind: 'control-ran' }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly why: string };

// Both ends are of one build: the kind is enough to know the rest.
export function parseToInside(message: unknown): ToInside {
  if (isKind(message, ['measure', 'run-control', 'go'])) return message as ToInside;
  throw new FleetError('bug', 'Cannot measure: the agent sent an unknown message');
}

export function parseFromMeasuring(message: unknown): FromMeasuring {
  if (isKind(message, ['enter', 'progress', 'measured', 'control-ran', 'failed'])) return message as FromMeasuring;
  throw new FleetError('bug', 'Cannot measure: the measuring process sent an unknown message');
}

function isKind(message: unknown, kinds: readonly string[]): boolean {
  return (
    typeof message === 'object' && message !== null && 'kind' in message && typeof message.kind === 'string' && kinds.includes(message.kind)
  );
}
