import { initTRPC, type TrackedEnvelope, tracked } from '@trpc/server';
import { fleetErrorData, sentenceOf, toTrpcError } from './errors.ts';
import type { Operations } from './operations.ts';

/** What every request brings: the port that the coordinator implements. */
export interface ApiContext {
  readonly operations: Operations;
}

const t = initTRPC.context<ApiContext>().create({
  // A ping keeps proxies from closing a quiet stream; a client that hears nothing for longer than two of them connects again.
  sse: { ping: { enabled: true, intervalMs: 10_000 }, client: { reconnectAfterInactivityMs: 25_000 } },
  errorFormatter: ({ shape, error }) => ({
    ...shape,
    message: sentenceOf(error),
    // A stack names files of the operator's machine: it belongs in the log, not on the wire.
    data: { ...shape.data, stack: undefined, ...fleetErrorData(error) },
  }),
});

export const makeRouter = t.router;
export const makeCallerFactory = t.createCallerFactory;

/** Every query and command starts here, so that our errors keep their code. */
export const procedure = t.procedure.use(async ({ next }) => {
  const result = await next();
  if (!result.ok) throw toTrpcError(result.error);
  return result;
});

/**
 * Sends each view under an id of its own. Views are whole, so a client that lost the stream needs nothing replayed:
 * the first item after it connects again is the newest.
 */
export async function* liveViews<View>(views: AsyncIterable<View>): AsyncGenerator<TrackedEnvelope<View>, void, void> {
  let count = 0;
  try {
    for await (const view of views) yield tracked(String(++count), view);
  } catch (thrown) {
    throw toTrpcError(thrown);
  }
}

/** tRPC gives every request over HTTP a signal; a caller in the same process may leave it out and then watches until the stream ends. */
export function lasting(signal: AbortSignal | undefined): AbortSignal {
  return signal ?? new AbortController().signal;
}
