import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppRouter, FleetErrorData } from '@fleetfit/api';
import { FleetError } from '@fleetfit/core';
import { createTRPCClient, httpBatchLink, TRPCClientError } from '@trpc/client';

export type Api = ReturnType<typeof apiAt>;

/** A client of the coordinator at an address such as `http://localhost:7440`. */
export function apiAt(address: string) {
  return createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: `${address}/trpc` })] });
}

/** The coordinator that runs on this computer with this data folder, or at `FLEETFIT_URL`. @throws FleetError `unavailable` */
export function addressOf(home: string): string {
  const setting = process.env['FLEETFIT_URL'];
  if (setting) return setting.replace(/\/$/, '');
  const file = join(home, 'addresses.json');
  const known: unknown = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  if (typeof known === 'object' && known !== null && 'operator' in known && typeof known.operator === 'string') return known.operator;
  throw new FleetError('unavailable', `Cannot find a coordinator: none has run with the data folder ${home}`, {
    next: 'start one with: fleetfit up',
  });
}

/** Calls the API and turns what it throws into our own error, with what to do next. */
export async function asked<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (thrown) {
    throw fromClient(thrown);
  }
}

function fromClient(thrown: unknown): unknown {
  if (!(thrown instanceof TRPCClientError)) return thrown;
  const data = thrown.data as FleetErrorData | null | undefined;
  if (data?.fleetCode) return new FleetError(data.fleetCode, thrown.message, data.next === undefined ? {} : { next: data.next });
  const away = thrown.cause instanceof TypeError || /fetch failed/.test(thrown.message);
  if (away)
    return new FleetError('unavailable', 'Cannot reach the coordinator: nobody answers', {
      cause: thrown,
      next: 'start it with: fleetfit up',
    });
  return new FleetError('bug', thrown.message, { cause: thrown });
}
