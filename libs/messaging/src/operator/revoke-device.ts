import { type DeviceId, FleetError, type Milliseconds } from '@fleetfit/core';
import type { NatsConnection } from '@nats-io/nats-core';
import { fleetAccountJwt, type Revocations } from './account-claims.ts';
import { type OperatorKeys, publicKeyOf } from './operator-keys.ts';
import { isRecord, readClaims } from './sign-claims.ts';

export interface Revocation {
  readonly device: DeviceId;
  /** Session keys (`U…`) that are known to be out; the keys of its open connections are found without being named. */
  readonly natsUsers: readonly string[];
  readonly now: Milliseconds;
  /** The longest life of a device JWT: older revocations are dropped from the list. */
  readonly longestLife: Milliseconds;
}

const PAGE = 256;
const ANSWER_WITHIN_MS = 5000;

/**
 * Ends the sessions of a device: open connections are closed within moments, and the same keys are refused from then on.
 * Other devices notice nothing. Returns the keys that were revoked. The ledger must refuse the device too: it guards everything else.
 * The list lives in the server; call one revocation after another, not several at once.
 * @param system connection with the `system` login
 * @throws FleetError `unavailable` when the server does not confirm
 */
export async function revokeDevice(system: NatsConnection, keys: OperatorKeys, revocation: Revocation): Promise<readonly string[]> {
  const account = publicKeyOf(keys.fleet);
  const users = [...new Set([...revocation.natsUsers, ...(await connectedUsers(system, account, revocation.device))])];
  if (users.length === 0) return users;
  const second = Math.floor(revocation.now / 1000);
  const kept = Object.entries(await currentRevocations(system, account)).filter(
    ([, at]) => at > second - Math.ceil(revocation.longestLife / 1000),
  );
  // A revocation covers JWTs issued up to its second; a clock that is a little behind must not save the youngest.
  const revocations = { ...Object.fromEntries(kept), ...Object.fromEntries(users.map((user) => [user, second + 2])) };
  const answer = await ask(system, '$SYS.REQ.CLAIMS.UPDATE', await fleetAccountJwt(keys, second, revocations));
  const confirmed = isRecord(answer) && isRecord(answer['data']) && answer['data']['code'] === 200;
  if (!confirmed)
    throw new FleetError('unavailable', `Cannot revoke device ${revocation.device}: the message server answered ${JSON.stringify(answer)}`);
  return users;
}

async function currentRevocations(system: NatsConnection, account: string): Promise<Revocations> {
  const jwt = await askText(system, `$SYS.REQ.ACCOUNT.${account}.CLAIMS.LOOKUP`, '');
  const revocations = readClaims(jwt).nats['revocations'];
  if (!isRecord(revocations)) return {};
  return Object.fromEntries(Object.entries(revocations).filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
}

/** The session keys with which a device is connected now. */
async function connectedUsers(system: NatsConnection, account: string, device: DeviceId): Promise<readonly string[]> {
  const users: string[] = [];
  for (let offset = 0; ; offset += PAGE) {
    const answer = await ask(
      system,
      `$SYS.REQ.ACCOUNT.${account}.CONNZ`,
      JSON.stringify({ auth: true, acc: account, limit: PAGE, offset }),
    );
    const page = isRecord(answer) && isRecord(answer['data']) ? answer['data']['connections'] : undefined;
    if (!Array.isArray(page))
      throw new FleetError('unavailable', `Cannot find the connections of device ${device}: the message server gave no list`);
    for (const connection of page) {
      const jwt: unknown = isRecord(connection) ? connection['jwt'] : undefined;
      if (typeof jwt !== 'string') continue;
      const claims = readClaims(jwt);
      if (claims.name === device) users.push(claims.sub);
    }
    if (page.length < PAGE) return users;
  }
}

async function ask(system: NatsConnection, subject: string, payload: string): Promise<unknown> {
  const text = await askText(system, subject, payload);
  const answer: unknown = JSON.parse(text);
  return answer;
}

async function askText(system: NatsConnection, subject: string, payload: string): Promise<string> {
  try {
    return new TextDecoder().decode((await system.request(subject, payload, { timeout: ANSWER_WITHIN_MS })).data);
  } catch (cause) {
    throw new FleetError('unavailable', 'Cannot reach the system account of the message server', { cause, details: { subject } });
  }
}
