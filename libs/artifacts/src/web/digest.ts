import { type Sha256, sha256 } from '@fleetfit/core';

/** The name of these bytes. */
export async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<Sha256> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return sha256(Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join(''));
}
