import { hostId } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { makeChanges } from './changes.ts';
import { openHostDesk } from './host-desk.ts';

const never = new AbortController().signal;
/** Whether a promise has resolved once everything that could run has run. */
async function isOver(promise: Promise<unknown>): Promise<boolean> {
  let over = false;
  void promise.then(() => (over = true));
  await new Promise((resolve) => setImmediate(resolve));
  return over;
}

describe('news of changes', () => {
  it('wakes who waits for the topic, and nobody else', async () => {
    const changes = makeChanges();
    const jobs = changes.next('jobs', { signal: never });
    const hosts = changes.next('hosts', { signal: never });
    changes.tell('jobs');
    expect([await isOver(jobs), await isOver(hosts)]).toEqual([true, false]);
  });

  it('keeps for a listener what was told while it did something else, once', async () => {
    const changes = makeChanges();
    const ear = changes.hear(['jobs', 'hosts']);
    changes.tell('jobs');
    changes.tell('hosts');
    expect(await isOver(ear.next({ signal: never }))).toBe(true);
    expect(await isOver(ear.next({ signal: never }))).toBe(false);
    ear.stop();
  });

  it('ends a wait with its signal and with its time', async () => {
    const ear = makeChanges().hear(['jobs']);
    const stop = new AbortController();
    const waiting = ear.next({ signal: stop.signal });
    stop.abort();
    expect(await isOver(waiting)).toBe(true);
    await ear.next({ signal: never, withinMs: 1 });
    ear.stop();
  });

  it('says nothing of a computer that was not held: who waits for it would wake himself for ever', async () => {
    const changes = makeChanges();
    const hosts = openHostDesk(changes);
    const ear = changes.hear(['hosts']);
    hosts.release('device d1');
    expect(await isOver(ear.next({ signal: never, withinMs: 60_000 }))).toBe(false);
    hosts.claim({ host: hostId('h1'), kind: 'measure', by: 'device d1' });
    hosts.release('device d1');
    expect(await isOver(ear.next({ signal: never, withinMs: 60_000 }))).toBe(true);
    ear.stop();
  });
});
