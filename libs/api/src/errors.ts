import { type ErrorCode, FleetError } from '@fleetfit/core';
import { TRPCError } from '@trpc/server';
import { ZodError } from 'zod';

/** What a client is told of an error besides its sentence: our own code, and what the reader can do now. */
export interface FleetErrorData {
  /** `data.code` stays tRPC's own; this is the closed list of `ErrorCode`. */
  readonly fleetCode: ErrorCode;
  readonly next: string | undefined;
}

/** The one place where our codes become those of tRPC, and with them an HTTP status. */
const TRPC_CODE = {
  invalid: 'BAD_REQUEST',
  'not-found': 'NOT_FOUND',
  conflict: 'CONFLICT',
  denied: 'FORBIDDEN',
  unauthenticated: 'UNAUTHORIZED',
  unavailable: 'SERVICE_UNAVAILABLE',
  exhausted: 'TOO_MANY_REQUESTS',
  cancelled: 'CLIENT_CLOSED_REQUEST',
  unsupported: 'UNPROCESSABLE_CONTENT',
  corrupt: 'UNPROCESSABLE_CONTENT',
  bug: 'INTERNAL_SERVER_ERROR',
} as const satisfies Readonly<Record<ErrorCode, TRPCError['code']>>;

/** Makes of whatever an operation threw the error that tRPC sends on; the FleetError stays inside as `cause`. */
export function toTrpcError(thrown: unknown): TRPCError {
  const own = fleetErrorIn(thrown);
  if (own) return new TRPCError({ code: TRPC_CODE[own.code], message: own.message, cause: own });
  if (thrown instanceof TRPCError) return thrown;
  return new TRPCError({
    code: 'INTERNAL_SERVER_ERROR',
    message: thrown instanceof Error ? thrown.message : String(thrown),
    cause: thrown,
  });
}

/** The sentence for people: what zod found wrong is named by field, not printed as JSON. */
export function sentenceOf(error: TRPCError): string {
  if (!(error.cause instanceof ZodError)) return error.message;
  const wrong = error.cause.issues.map((issue) => `${issue.path.map(String).join('.') || 'the input'}: ${issue.message}`);
  return `Cannot take this input: ${wrong.join('; ')}`;
}

/** What `errorFormatter` adds to `data`. */
export function fleetErrorData(error: TRPCError): FleetErrorData {
  const own = fleetErrorIn(error);
  if (own) return { fleetCode: own.code, next: own.next };
  const known = (Object.keys(TRPC_CODE) as ErrorCode[]).find((code) => TRPC_CODE[code] === error.code);
  return { fleetCode: known ?? 'bug', next: undefined };
}

function fleetErrorIn(thrown: unknown): FleetError | undefined {
  if (thrown instanceof FleetError) return thrown;
  return thrown instanceof TRPCError && thrown.cause instanceof FleetError ? thrown.cause : undefined;
}
