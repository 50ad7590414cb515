import { journalContract, outboxContract } from '@fleetfit/agent/testing';
import { attemptId, silent } from '@fleetfit/core';
import { KeyKind, Phase, type Release } from '@fleetfit/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { endsTooOften, markAsLeft, noteUnderWay, settleLastPage } from '../device/crash-watch.ts';
import { openDeviceKey } from '../device/device-key.ts';
import { deviceRecord } from '../keeping/device-record.ts';
import { databaseHistory } from '../keeping/history.ts';
import { databaseJournal } from '../keeping/journal.ts';
import { type Database, openDatabase } from '../keeping/open-database.ts';
import { databaseOutbox } from '../keeping/outbox.ts';

// Runs in a browser. Each test has a database of its own; opening it twice is what the page after this one does.
let count = 0;
const fresh = () => {
  const name = `test-${Date.now()}-${count++}`;
  return { open: () => openDatabase(name), drop: async () => void indexedDB.deleteDatabase(name) };
};

journalContract('the journal of a phone', async () => {
  const { open, drop } = fresh();
  return { open: async () => databaseJournal(await open()), drop };
});
outboxContract('the outbox of a phone', async () => {
  const { open, drop } = fresh();
  return { open: async () => databaseOutbox(await open()), drop };
});

let open: () => Promise<Database>;
beforeEach(() => {
  ({ open } = fresh());
  localStorage.clear();
});

describe('the key of a phone', () => {
  it('is made once, signs for every later page, and cannot be read out', async () => {
    const { kind, spki } = await openDeviceKey(await open());
    const database = await open();
    const again = await openDeviceKey(database);
    expect(again.spki).toEqual(spki);
    expect(kind).toBe(KeyKind.KEY_KIND_ED25519);
    const statement = Uint8Array.of(1, 2, 3);
    const signature = await again.sign(statement);
    const key = await crypto.subtle.importKey('spki', Uint8Array.from(spki), 'Ed25519', false, ['verify']);
    expect(await crypto.subtle.verify('Ed25519', key, Uint8Array.from(signature), statement)).toBe(true);
    const { privateKey } = (await database.get('device', 'key')) as { privateKey: CryptoKey };
    expect(privateKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('pkcs8', privateKey)).rejects.toThrow();
  });

  it('is of P-256 where the browser has no Ed25519', async () => {
    const { generateKey } = crypto.subtle;
    crypto.subtle.generateKey = ((algorithm: unknown, ...rest: [boolean, KeyUsage[]]) =>
      algorithm === 'Ed25519'
        ? Promise.reject(new DOMException('no', 'NotSupportedError'))
        : generateKey.call(crypto.subtle, algorithm as EcKeyGenParams, ...rest)) as typeof generateKey;
    const { kind, spki, sign } = await openDeviceKey(await open()).finally(() => Reflect.deleteProperty(crypto.subtle, 'generateKey'));
    expect(kind).toBe(KeyKind.KEY_KIND_P256);
    const signature = await sign(Uint8Array.of(7));
    expect(signature).toHaveLength(64);
    const key = await crypto.subtle.importKey('spki', Uint8Array.from(spki), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
    expect(await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, Uint8Array.from(signature), Uint8Array.of(7))).toBe(true);
  });
});

describe('what the last page left', () => {
  const entry = { attemptId: 'a1', jobId: 'j1', fence: 3, phase: Phase.PHASE_TIME };

  async function nextPage() {
    const database = await open();
    const releases: Release[] = [];
    const leases = {
      ask: () => Promise.reject(new Error('not asked')),
      heartbeat: () => Promise.reject(new Error('not asked')),
      release: async (release: Release) => void releases.push(release),
      onCommand: () => () => {},
    };
    const [journal, outbox, record] = [databaseJournal(database), databaseOutbox(database), deviceRecord(database)];
    const settle = () => settleLastPage({ journal, outbox, record, leases, log: silent }, new AbortController().signal);
    return { journal, outbox, record, releases, settle };
  }

  it('is given back when the page was closed in good order', async () => {
    const { journal, record, releases, settle } = await nextPage();
    await journal.write(entry);
    markAsLeft('a1');
    expect(await settle()).toBeUndefined();
    expect(releases).toEqual([{ attemptId: 'a1', fence: 3, reason: 'the page was closed' }]);
    expect(await journal.read()).toBeUndefined();
    expect(await endsTooOften(record)).toBe(false);
  });

  it('stays in the journal when the tab died, and is shown as what it was', async () => {
    const { journal, releases, settle } = await nextPage();
    await journal.write(entry);
    noteUnderWay('a1', { candidateId: 'c038', sweepId: 's1' });
    // Of an earlier attempt: it says nothing of this one.
    markAsLeft('a0');
    expect(await settle()).toMatchObject({ attempt: 'a1', candidate: 'c038', sweep: 's1', why: 'the page ended while timing' });
    expect(releases).toEqual([]);
    expect(await journal.read()).toEqual(entry);
  });

  it('is no crash when its report waits already', async () => {
    const { journal, outbox, record, settle } = await nextPage();
    await journal.write({ ...entry, phase: Phase.PHASE_REPORT });
    await outbox.put(attemptId('a1'), Uint8Array.of(1));
    expect(await settle()).toBeUndefined();
    expect(await record.crashes()).toEqual([]);
  });

  it('makes the phone wait for somebody once it has died twice in ten minutes, and not for what is long ago', async () => {
    const { journal, record, settle } = await nextPage();
    await journal.write(entry);
    await settle();
    expect(await endsTooOften(record)).toBe(false);
    await settle();
    expect(await endsTooOften(record)).toBe(true);
    await record.keepCrashes([Date.now() - 11 * 60_000, Date.now()]);
    expect(await endsTooOften(record)).toBe(false);
  });
});

describe('what a phone has measured', () => {
  it('is kept, the newest first, and not without end', async () => {
    const history = databaseHistory(await open());
    const measured = { candidate: 'c1', sweep: 's1', judged: false, p50Ms: 1, controlMs: 1, ratio: undefined, tookMs: 1, why: '' };
    for (let at = 0; at < 103; at++) await history.add({ ...measured, attempt: `a${at}`, at });
    const kept = await history.list();
    expect(kept).toHaveLength(100);
    expect(kept[0]?.attempt).toBe('a102');
    expect(kept.at(-1)?.attempt).toBe('a3');
  });
});
