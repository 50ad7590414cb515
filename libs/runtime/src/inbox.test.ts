import { describe, expect, it } from 'vitest';
import { makeInbox } from './inbox.ts';

describe('an inbox', () => {
  it('hands out what came in, in order, whether the reader or the message is first', async () => {
    const inbox = makeInbox<string>();
    inbox.push('a');
    expect(await inbox.next()).toBe('a');
    const waiting = [inbox.next(), inbox.next()];
    inbox.push('b');
    inbox.push('c');
    expect(await Promise.all(waiting)).toEqual(['b', 'c']);
  });

  it('gives what is left and then its last word, each time', async () => {
    const inbox = makeInbox<string>();
    inbox.push('left');
    inbox.close('over');
    expect([await inbox.next(), await inbox.next(), await inbox.next()]).toEqual(['left', 'over', 'over']);
  });

  it('wakes whoever waits when it closes', async () => {
    const inbox = makeInbox<string>();
    const waiting = inbox.next();
    inbox.close('over');
    expect(await waiting).toBe('over');
  });

  it('lets a reader go that is cancelled, and gives the message to the next one', async () => {
    const inbox = makeInbox<string>();
    const abort = new AbortController();
    const cancelled = inbox.next(abort.signal);
    const next = inbox.next();
    abort.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    inbox.push('a');
    expect(await next).toBe('a');
    await expect(inbox.next(abort.signal)).rejects.toMatchObject({ code: 'cancelled' });
  });
});
