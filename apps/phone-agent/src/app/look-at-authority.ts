import { openDatabase } from '../keeping/open-database.ts';

/** The certificate authority that this coordinator offers to be trusted. */
export type Authority =
  | { readonly kind: 'none' }
  /** `same`: the link by which this phone joined named it. */
  | { readonly kind: 'same' | 'other' | 'unchecked'; readonly fingerprint: string };

/** Fetches the authority and compares it with the fingerprint of the join link, which came by another way than this page. */
export async function lookAtAuthority(): Promise<Authority> {
  const response = await fetch('/ca.pem');
  if (!response.ok) return { kind: 'none' };
  const fingerprint = await fingerprintOf(await response.text());
  const database = await openDatabase();
  try {
    const named = await database.get('device', 'authority');
    if (typeof named !== 'string' || named === '') return { kind: 'unchecked', fingerprint };
    return { kind: named === fingerprint ? 'same' : 'other', fingerprint };
  } finally {
    database.close();
  }
}

/** The first 16 bytes of the SHA-256 of the certificate, base64url: as join links have it. */
async function fingerprintOf(pem: string): Promise<string> {
  const der = Uint8Array.from(atob(pem.replaceAll(/-----[^-]+-----|\s/g, '')), (letter) => letter.charCodeAt(0));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', der)).subarray(0, 16);
  return btoa(String.fromCharCode(...digest))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
