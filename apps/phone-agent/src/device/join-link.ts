/** What stands behind the `#` of a join link: it never reaches a server or its log. */
export interface JoinSecret {
  readonly token: string;
  /** Of the coordinator's own certificate authority; empty where it uses a certificate that browsers know. */
  readonly fingerprint: string;
}

/** Reads `#TOKEN.FINGERPRINT`. Undefined where there is none. */
export function parseJoinSecret(hash: string): JoinSecret | undefined {
  const [, token, fingerprint = ''] = /^#([A-Za-z0-9_-]{8,200})(?:\.([A-Za-z0-9_-]*))?$/.exec(hash) ?? [];
  return token ? { token, fingerprint } : undefined;
}

/** A join code as people type it, with its letters made alike; empty where it can be none. Crockford's base 32 has no I, L, O or U. */
export function tidyCode(typed: string): string {
  const letters = typed.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return /^[0-9A-HJKMNP-TV-Z]{8}$/.test(letters) ? `${letters.slice(0, 4)}-${letters.slice(4)}` : '';
}

/** What the address of the page chooses: `?threads=2&provider=webgpu&name=desk`. */
export function choicesOf(search: string) {
  const asked = new URLSearchParams(search);
  const threads = Number(asked.get('threads'));
  return {
    ...(asked.get('name') ? { name: asked.get('name') ?? '' } : {}),
    ...(asked.get('provider') ? { provider: asked.get('provider') ?? '' } : {}),
    ...(Number.isInteger(threads) && threads >= 1 && threads <= 64 ? { threads } : {}),
  };
}
