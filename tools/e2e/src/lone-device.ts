import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { deviceId, hostId, milliseconds } from '@fleetfit/core';
import { connectDevice, type DeviceLink, type LeaseAnswer, makeSessionKey } from '@fleetfit/messaging';
import { type DeviceFacts, joinStatement, KeyKind, type Report, type ReportResponse, sessionStatement } from '@fleetfit/protocol';
import { enrollmentClient, reportClient } from '@fleetfit/rpc';
import { connect } from '@nats-io/transport-node';

/** A device without an agent: it says to the coordinator's doors whatever a test wants it to say. */
export interface LoneDevice {
  readonly id: string;
  /** Told each time the message server refused its credentials. */
  readonly refusals: readonly string[];
  ask(waitMs: number): Promise<LeaseAnswer>;
  report(report: Report): Promise<ReportResponse>;
  /** Asks for new credentials with its key. */
  openSession(): Promise<unknown>;
  close(): Promise<void>;
}

const LONGEST = () => AbortSignal.timeout(20_000);

/** Joins by a link as the protocol says, with a key of its own and the facts that it is given. */
export async function joinByHand(link: string, facts: DeviceFacts): Promise<LoneDevice> {
  const [, address = '', token = ''] = /^fleetfit:\/\/([^/]+)\/#(.+)$/.exec(link) ?? [];
  const enrolling = enrollmentClient(address);
  const { privateKey } = generateKeyPairSync('ed25519');
  const spki = new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }));
  const signed = (statement: Uint8Array) => new Uint8Array(sign(null, statement, privateKey));
  const { nonce } = await enrolling.challenge({}, LONGEST());
  const publicKey = { kind: KeyKind.KEY_KIND_ED25519, spki };
  const { deviceId: id } = await enrolling.join(
    { token, nonce, publicKey, signature: signed(joinStatement(nonce, spki)), facts },
    LONGEST(),
  );

  const openSession = async () => {
    const { nonce: fresh } = await enrolling.challenge({}, LONGEST());
    const key = makeSessionKey();
    const signature = signed(sessionStatement(fresh, key.publicKey));
    return { key, ...(await enrolling.openSession({ deviceId: id, nonce: fresh, signature, natsUser: key.publicKey, facts }, LONGEST())) };
  };
  const session = await openSession();
  const refusals: string[] = [];
  const messages: DeviceLink = await connectDevice({
    device: deviceId(id),
    connect,
    credentials: () => session,
    onRefused: (why) => refusals.push(why),
  });
  const reporting = reportClient(address, () => session.bearer);
  return {
    id,
    refusals,
    openSession,
    ask: (waitMs) => messages.lease({ hostId: hostId(facts.hostId), freeMemoryBytes: 2 ** 30, poll: milliseconds(waitMs) }, LONGEST()),
    report: (report) => reporting.report({ report }, LONGEST()),
    async close() {
      enrolling.close();
      reporting.close();
      await messages.close();
    },
  };
}
