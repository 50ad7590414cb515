import 'reflect-metadata'; // what @peculiar/x509 stands on; it must come first
import { createHash, createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { FleetError } from '@fleetfit/core';
import * as x509 from '@peculiar/x509';
import { NAME_CONSTRAINTS, nameConstraints } from './name-constraints.ts';
import { networkOf, PRIVATE_NETWORKS } from './networks.ts';

/** A certificate with its key, both PEM, and until when it is good. */
export interface ServerCertificate {
  /** The certificate, and those that signed it where they were given. */
  readonly cert: string;
  readonly key: string;
  /** Since the Unix epoch, ms. */
  readonly expiresAt: number;
}

/** A certificate authority of this computer alone: it can vouch for names and addresses of local networks, and for nothing else. */
export interface LocalAuthority {
  /** PEM, for people to trust. */
  readonly certificate: string;
  /** See {@link fingerprintOf}. */
  readonly fingerprint: string;
  /** The certificate of this computer: the one kept in the folder while it covers the names and has a month left, else a new one. */
  serverCertificate(names: readonly string[], now: number): Promise<ServerCertificate>;
}

const DAY = 86_400_000;
const AUTHORITY_DAYS = 10 * 365;
/** iOS takes no more than 825 days; a quarter is enough for a coordinator that looks daily. */
const SERVER_DAYS = 90;
const RENEW_DAYS = 30;
/** Clocks of phones are not ours. */
const EARLIER_DAYS = 2;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/**
 * The authority of a folder, made at the first call: `ca.pem` and `ca.key` (mode 0600). Trusting it is safe: its certificate is kept to
 * localhost, `.local`, this computer's name, private networks and the addresses that this computer has now (RFC 5280 name constraints).
 * @param now ms since the epoch
 */
export async function openLocalAuthority(folder: string, now: number): Promise<LocalAuthority> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const paths = { certificate: join(folder, 'ca.pem'), key: join(folder, 'ca.key') };
  if (!existsSync(paths.certificate) || !existsSync(paths.key) || daysLeft(readFileSync(paths.certificate, 'utf8'), now) < SERVER_DAYS) {
    const made = await makeAuthority(now);
    writeSecret(paths.key, made.key);
    writeSecret(paths.certificate, made.certificate);
  }
  const certificate = readFileSync(paths.certificate, 'utf8');
  const issuer: Issuer = { certificate: new x509.X509Certificate(certificate), key: await readKey(paths.key) };
  return {
    certificate,
    fingerprint: fingerprintOf(certificate),
    async serverCertificate(names, at) {
      const kept = keptCertificate(folder, certificate);
      const enough = kept && names.every((name) => kept.names.includes(name)) && kept.expiresAt - at > RENEW_DAYS * DAY;
      if (enough) return kept;
      // Names of before stay: a phone that knows this computer by one of them still reaches it.
      const issued = await issue(issuer, [...new Set([...names, ...(kept?.names ?? [])])], at);
      writeSecret(join(folder, 'server.key'), issued.key);
      writeSecret(join(folder, 'server.pem'), issued.cert);
      return issued;
    },
  };
}

/** What a join link says of an authority: 16 bytes of the SHA-256 of its certificate, base64url. Enough that nobody finds another with the same. */
export function fingerprintOf(certificate: string): string {
  return createHash('sha256').update(new X509Certificate(certificate).raw).digest().subarray(0, 16).toString('base64url');
}

/** A certificate that was given as files, good at `now`, ms since the epoch. @throws FleetError `invalid` when they cannot be used */
export function readServerCertificate(files: { readonly cert: string; readonly key: string }, now: number): ServerCertificate {
  try {
    const [cert, key] = [readFileSync(files.cert, 'utf8'), readFileSync(files.key, 'utf8')];
    const read = new X509Certificate(cert);
    if (!read.checkPrivateKey(createPrivateKey(key))) throw new Error('the key is that of another certificate');
    if (Date.parse(read.validTo) < now) throw new Error(`it was good until ${read.validTo}`);
    return { cert, key, expiresAt: Date.parse(read.validTo) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FleetError('invalid', `Cannot use the certificate ${files.cert} with the key ${files.key}: ${why}`, {
      cause,
      next: 'give two files in PEM: fleetfit up --cert FILE --key FILE',
    });
  }
}

/** A name for which a certificate is good: the wanted one where it is, else the first that it has written out. Undefined where there is none. */
export function nameIn(certificate: string, wanted: string): string | undefined {
  const read = new X509Certificate(certificate);
  if ((isIP(wanted) ? read.checkIP(wanted) : read.checkHost(wanted)) !== undefined) return wanted;
  return (read.subjectAltName ?? '')
    .split(', ')
    .flatMap((each) => (each.startsWith('DNS:') ? [each.slice('DNS:'.length)] : []))
    .find((name) => !name.includes('*'));
}

/** Every name and address by which this computer can be reached: localhost, its name, its `.local` name, its addresses. */
export function ownNames(): readonly string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  // Link-local IPv6 addresses come with a zone, which no certificate can name.
  const own = addresses.filter(({ internal, scopeid }) => !internal && !scopeid).map(({ address }) => address);
  const name = hostname().toLowerCase();
  const names = /^[a-z0-9-]+(\.[a-z0-9-]+)*$/.test(name) ? [name, ...(name.includes('.') ? [] : [`${name}.local`])] : [];
  return [...new Set(['localhost', '127.0.0.1', '::1', ...names, ...own])];
}

type PrivateKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

interface Issuer {
  readonly certificate: x509.X509Certificate;
  readonly key: PrivateKey;
}

async function makeAuthority(now: number): Promise<{ certificate: string; key: string }> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const own = ownNames();
  const dns = [...new Set(['localhost', 'local', ...own.filter((each) => networkOf(each) === undefined)])];
  const networks = [...PRIVATE_NETWORKS, ...own].flatMap((each) => networkOf(each) ?? []);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=Fleetfit on ${hostname().replaceAll(/[^\w.-]/g, '')}`,
    serialNumber: serial(),
    notBefore: new Date(now - EARLIER_DAYS * DAY),
    notAfter: new Date(now + AUTHORITY_DAYS * DAY),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.Extension(NAME_CONSTRAINTS, true, nameConstraints({ dns, networks })),
    ],
  });
  return { certificate: certificate.toString('pem'), key: await keyText(keys.privateKey) };
}

async function issue(issuer: Issuer, names: readonly string[], now: number): Promise<ServerCertificate> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const notAfter = new Date(now + SERVER_DAYS * DAY);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: 'CN=Fleetfit coordinator',
    issuer: issuer.certificate.subject,
    serialNumber: serial(),
    notBefore: new Date(now - EARLIER_DAYS * DAY),
    notAfter,
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: issuer.key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.certificate.publicKey),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: networkOf(value) ? ('ip' as const) : ('dns' as const), value })),
      ),
    ],
  });
  // With its issuer: who trusts that one and was not told it still finds the way.
  const cert = `${certificate.toString('pem')}\n${issuer.certificate.toString('pem')}\n`;
  return { cert, key: await keyText(keys.privateKey), expiresAt: notAfter.getTime() };
}

/** The certificate in the folder, where this authority has signed it. */
function keptCertificate(folder: string, authority: string): (ServerCertificate & { readonly names: readonly string[] }) | undefined {
  const [certFile, keyFile] = [join(folder, 'server.pem'), join(folder, 'server.key')];
  if (!existsSync(certFile) || !existsSync(keyFile)) return undefined;
  const cert = readFileSync(certFile, 'utf8');
  const read = new X509Certificate(cert);
  if (!read.verify(new X509Certificate(authority).publicKey)) return undefined;
  const names = new x509.X509Certificate(cert).getExtension(x509.SubjectAlternativeNameExtension)?.names.items.map(({ value }) => value);
  return { cert, key: readFileSync(keyFile, 'utf8'), expiresAt: Date.parse(read.validTo), names: names ?? [] };
}

async function readKey(path: string): Promise<PrivateKey> {
  const bytes = x509.PemConverter.decodeFirst(readFileSync(path, 'utf8'));
  return crypto.subtle.importKey('pkcs8', bytes, ALGORITHM, false, ['sign']);
}

async function keyText(key: PrivateKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

/** Positive, and never the same. */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f);
  return bytes.toString('hex');
}

const daysLeft = (certificate: string, now: number): number => (Date.parse(new X509Certificate(certificate).validTo) - now) / DAY;

function writeSecret(path: string, text: string): void {
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, `${text.trim()}\n`, { mode: 0o600 });
  chmodSync(aside, 0o600);
  renameSync(aside, path);
}
