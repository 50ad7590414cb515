import { hostname } from 'node:os';
import { apiAt, asked } from './api-client.ts';
import { agentFolder } from './command-context.ts';
import type { Fleet } from './fleet-processes.ts';
import { hostOf, joinedBefore } from './joined-before.ts';

/** Lets an agent of this computer in without asking: whoever may start the coordinator may do so. Resolves once it is ready. */
export async function useThisComputer(
  fleet: Pick<Fleet, 'addresses' | 'startAgent'>,
  { home, threads }: { readonly home: string; readonly threads: number },
): Promise<void> {
  const name = `${hostname()}-${threads}t`;
  const start = { home: agentFolder(home, name), threads, name };
  const joined = await joinedBefore(start.home, hostOf(fleet.addresses.rpc));
  const invite = { uses: 1, minutes: 5, autoApprove: true };
  const agent = fleet.startAgent(
    joined ? start : { ...start, link: (await asked(apiAt(fleet.addresses.operator).devices.invite.mutate(invite))).link },
  );
  await agent.firstReady;
}
