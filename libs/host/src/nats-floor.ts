import { FleetError } from '@fleetfit/core';

/**
 * Refuses a nats-server with known holes where others can reach it: before 2.12.12, and before 2.14.3 on the later line
 * (advisories up to June 2026: authorization bypass, one account wiping the streams of another). On loopback any version passes,
 * in silence. Throws `unsupported`.
 */
export function assertNatsFloor(version: string, { loopback }: { readonly loopback: boolean }): void {
  const [major = Number.NaN, minor = Number.NaN, patch = Number.NaN] = (/^v?(\d+)\.(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  const safe = major > 2 || (major === 2 && (minor > 14 || (minor === 14 && patch >= 3) || (minor === 12 && patch >= 12)));
  if (loopback || safe) return;
  throw new FleetError('unsupported', `Cannot listen for other machines with nats-server ${version}: it has known security holes`, {
    details: { version },
    next: 'install nats-server 2.14.3 or newer (or 2.12.12 or newer of the 2.12 line), or listen on 127.0.0.1 only',
  });
}

/** Whether only this machine can connect to an address that is listened on. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
