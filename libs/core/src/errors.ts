/** Every way an operation can end other than well. The list is closed: adapters map it to gRPC, tRPC and exit codes in one place each. */
export type ErrorCode =
  /** What was given is wrong; asking again with the same input cannot help. */
  | 'invalid'
  | 'not-found'
  /** It exists already, or another process holds it. */
  | 'conflict'
  /** Known, but not allowed. */
  | 'denied'
  /** Unknown, expired or revoked credentials. */
  | 'unauthenticated'
  /** May work later: a server is away, a deadline has passed. */
  | 'unavailable'
  /** A disk, a quota or a rate limit is full. */
  | 'exhausted'
  | 'cancelled'
  /** Valid, but outside what this version can do. */
  | 'unsupported'
  /** Bytes are not what their hash or format says. */
  | 'corrupt'
  /** A promise of our own code is broken. */
  | 'bug';

export interface FleetErrorOptions {
  readonly cause?: unknown;
  /** Facts for logs; never secrets. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
  /** What the reader can do now: a command or a short sentence. Shown after `try:`. */
  readonly next?: string;
}

/**
 * The one error type that crosses our borders.
 * The message says what cannot be done, then what is the case: `Cannot read the model: the file ends at byte 10 of 12`.
 */
export class FleetError extends Error {
  override readonly name = 'FleetError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, string | number | boolean>>;
  readonly next: string | undefined;

  constructor(code: ErrorCode, message: string, options: FleetErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
    this.next = options.next;
  }
}

/** Turns whatever was thrown into a FleetError, keeping one that already is. */
export function toFleetError(thrown: unknown, doing: string): FleetError {
  if (thrown instanceof FleetError) return thrown;
  if (thrown instanceof Error && thrown.name === 'AbortError') return new FleetError('cancelled', `${doing}: cancelled`, { cause: thrown });
  const what = thrown instanceof Error ? thrown.message : String(thrown);
  return new FleetError('bug', `${doing}: ${what}`, { cause: thrown });
}

/** Ends an exhaustive switch: the compiler proves it is never reached. */
export function unreachable(value: never): never {
  throw new FleetError('bug', `Cannot go on: ${JSON.stringify(value)} has no case`);
}
