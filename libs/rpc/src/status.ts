import { type ErrorCode, FleetError } from '@fleetfit/core';

/** Metadata that carries what a gRPC status has no room for. `-bin` values may hold any text. */
export const CODE_KEY = 'fleetfit-code';
export const NEXT_KEY = 'fleetfit-next-bin';

/** Each code of ours, and its gRPC status (https://grpc.github.io/grpc/core/md_doc_statuscodes.html). */
const STATUS_OF: Readonly<Record<ErrorCode, number>> = {
  cancelled: 1,
  invalid: 3,
  'not-found': 5,
  conflict: 6,
  denied: 7,
  exhausted: 8,
  unsupported: 12,
  bug: 13,
  unavailable: 14,
  corrupt: 15,
  unauthenticated: 16,
};

/** What a status means that gRPC itself gave, not a handler of ours. */
const CODE_OF: ReadonlyMap<number, ErrorCode> = new Map([
  [1, 'cancelled'],
  [3, 'invalid'],
  [5, 'not-found'],
  [6, 'conflict'],
  [7, 'denied'],
  // gRPC's own: a message beyond the limit. Sending it again cannot help.
  [8, 'invalid'],
  [9, 'conflict'],
  [11, 'invalid'],
  [12, 'unsupported'],
  [16, 'unauthenticated'],
]);

/** A status as it travels. */
export interface RpcStatus {
  readonly code: number;
  readonly details: string;
  /** Empty where gRPC itself made the status. */
  readonly fleetCode: string;
  readonly next: string;
}

/** What the peer is told. Words of a fault that is no FleetError are for our log alone. */
export function toStatus(thrown: unknown): RpcStatus {
  const error = thrown instanceof FleetError ? thrown : new FleetError('bug', 'Cannot answer: the coordinator has a fault; see its log');
  return { code: STATUS_OF[error.code], details: error.message, fleetCode: error.code, next: error.next ?? '' };
}

/** The error that a client throws for a status other than OK: the one that the handler threw, where one did. */
export function fromStatus({ code, details, fleetCode, next }: RpcStatus, cause: unknown): FleetError {
  const options = next === '' ? { cause } : { cause, next };
  if (isErrorCode(fleetCode)) return new FleetError(fleetCode, details, options);
  // The rest (deadline, broken streams, no connection) may be over in a moment.
  return new FleetError(CODE_OF.get(code) ?? 'unavailable', `Cannot ask the coordinator: ${details || `gRPC status ${code}`}`, options);
}

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(STATUS_OF, text);
}
