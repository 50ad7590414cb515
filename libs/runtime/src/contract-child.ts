import { unreachable } from '@fleetfit/core';
import type { Inside } from './runtime-host.ts';

/** What the host contract tells the child to do. */
export type ContractCommand =
  | { readonly do: 'echo'; readonly value: unknown }
  | { readonly do: 'hold'; readonly bytes: number }
  | { readonly do: 'spin' }
  | { readonly do: 'finish' }
  | { readonly do: 'crash'; readonly why: string };

/**
 * What the entry of the host under test must run inside. It answers the contract's commands until told to finish;
 * `crash` throws, and the entry must let that end the process or worker.
 */
export async function contractChild(inside: Inside): Promise<void> {
  for (;;) {
    const command = (await inside.next()) as ContractCommand;
    switch (command.do) {
      case 'echo':
        inside.send(command.value);
        break;
      case 'hold':
        // Filled, since memory that was never written is not held.
        inside.send({ held: new Uint8Array(command.bytes).fill(1).length, peak: inside.peakMemory() });
        break;
      case 'spin':
        inside.send('spinning');
        for (;;);
      case 'finish':
        return;
      case 'crash':
        throw new Error(command.why);
      default:
        unreachable(command);
    }
  }
}
