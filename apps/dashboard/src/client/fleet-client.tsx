'use client';
import type { AppRouter } from '@fleetfit/api';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createTRPCClient, httpBatchLink, httpLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query';
import type { ReactNode } from 'react';

// The coordinator serves these files and the router from one origin.
const URL = '/trpc';

const queryClient = new QueryClient({
  // The coordinator is on this machine or next to it: what it refuses once it refuses again.
  defaultOptions: { queries: { retry: false, staleTime: 2_000 }, mutations: { retry: false } },
});

// Answers that may take a while in a sweep of thousands: those asked in the same moment would all wait for the slowest.
const BY_ITSELF: ReadonlySet<string> = new Set(['sweeps.crowd', 'sweeps.knobs', 'sweeps.rows', 'sweeps.timeline']);

/** The coordinator. Queries asked in the same moment travel as one request; live views are server-sent events. */
export const fleet = createTRPCClient<AppRouter>({
  links: [
    splitLink({
      condition: (operation) => operation.type === 'subscription',
      true: httpSubscriptionLink({ url: URL }),
      false: splitLink({
        condition: ({ path }) => BY_ITSELF.has(path),
        true: httpLink({ url: URL }),
        false: httpBatchLink({ url: URL }),
      }),
    }),
  ],
});

/** The same coordinator, as options for `useQuery` and `useMutation`. */
export const asks = createTRPCOptionsProxy<AppRouter>({ client: fleet, queryClient });

export function FleetClient({ children }: { readonly children: ReactNode }) {
  return <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>;
}
