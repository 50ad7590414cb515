import { type DeviceId, deviceId, type Log, silent } from '@fleetfit/core';
import type { NatsConnection } from '@nats-io/nats-core';
import { type OperatorKeys, publicKeyOf } from './operator-keys.ts';
import { isRecord } from './sign-claims.ts';

/**
 * Tells at once when a connection of a device ends, whatever the reason. The device may have another one open.
 * @param system connection with the `system` login
 * @returns ends the watch
 */
export function watchDisconnects(
  system: NatsConnection,
  keys: OperatorKeys,
  { onGone, log = silent }: { readonly onGone: (device: DeviceId) => void; readonly log?: Log },
): () => void {
  const subscription = system.subscribe(`$SYS.ACCOUNT.${publicKeyOf(keys.fleet)}.DISCONNECT`, {
    callback: (error, message) => {
      if (error) return log.warn('cannot watch devices go', { why: error.message });
      const device = deviceOf(message.string());
      if (device) onGone(device);
    },
  });
  return () => subscription.unsubscribe();
}

// The name in the JWT, which we signed; not the name that the client gives itself. Our own connections are no device's, so a
// coordinator's is filtered by whoever knows the devices.
function deviceOf(text: string): DeviceId | undefined {
  try {
    const event: unknown = JSON.parse(text);
    const client = isRecord(event) ? event['client'] : undefined;
    const name: unknown = isRecord(client) ? client['name_tag'] : undefined;
    return typeof name === 'string' ? deviceId(name) : undefined;
  } catch {
    return undefined;
  }
}
