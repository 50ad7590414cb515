import { isIP } from 'node:net';

/** Networks that are nobody's on the Internet (RFC 1918, RFC 4193, RFC 6598, link-local and loopback). */
export const PRIVATE_NETWORKS: readonly string[] = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
];

/** Address and mask as bytes of `192.168.0.0/16` or of a single address; undefined for anything else. */
export function networkOf(text: string): { readonly address: Uint8Array; readonly mask: Uint8Array } | undefined {
  const [name = '', bits] = text.split('/');
  const kind = isIP(name);
  if (kind === 0) return undefined;
  const address = kind === 4 ? Uint8Array.from(name.split('.'), Number) : sixteenBytes(name);
  const length = bits === undefined ? address.length * 8 : Number(bits);
  const mask = address.map((_, i) => (0xff << (8 - Math.min(8, Math.max(0, length - 8 * i)))) & 0xff);
  return { address: address.map((byte, i) => byte & (mask[i] ?? 0)), mask };
}

/** An IPv6 address as bytes; the URL parser knows every way to write one, `::ffff:1.2.3.4` included. */
function sixteenBytes(address: string): Uint8Array {
  const written = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = written.split('::');
  const words = (part: string): number[] => (part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16)));
  const [before, after] = [words(head), words(tail ?? '')];
  const all = tail === undefined ? before : [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
  return Uint8Array.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}
