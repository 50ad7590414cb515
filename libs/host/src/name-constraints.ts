/** Names that a certificate authority may vouch for. */
export interface PermittedNames {
  /** Each with everything below it. */
  readonly dns: readonly string[];
  /** Networks as address and mask, four or sixteen bytes each. */
  readonly networks: readonly { readonly address: Uint8Array; readonly mask: Uint8Array }[];
}

export const NAME_CONSTRAINTS = '2.5.29.30';

/** The value of the extension that keeps an authority to these names, in DER (RFC 5280, section 4.2.1.10). */
export function nameConstraints({ dns, networks }: PermittedNames): Uint8Array<ArrayBuffer> {
  const names = dns.map((name) => element(DNS_NAME, new TextEncoder().encode(name)));
  const ranges = networks.map(({ address, mask }) => element(IP_ADDRESS, concat([address, mask])));
  const subtrees = [...names, ...ranges].map((base) => element(SEQUENCE, base));
  return element(SEQUENCE, element(PERMITTED, concat(subtrees)));
}

// Tags of DER; the last three are context-specific: permittedSubtrees [0], dNSName [2], iPAddress [7].
const SEQUENCE = 0x30;
const PERMITTED = 0xa0;
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

function element(tag: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return concat([Uint8Array.of(tag, ...size), content]);
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
