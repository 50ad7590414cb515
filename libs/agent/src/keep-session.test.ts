import { FleetError, seededRng, silent } from '@fleetfit/core';
import { DeviceState, type OpenSessionResponse } from '@fleetfit/protocol';
import { makeInbox } from '@fleetfit/runtime';
import { describe, expect, it } from 'vitest';
import { type OpenedSession, openSession, type Refused, renewSessions } from './keep-session.ts';
import { playedTime } from './testing/played-time.ts';

const session = (change: Partial<OpenSessionResponse> = {}): OpenedSession => ({
  response: {
    state: DeviceState.DEVICE_STATE_ACTIVE,
    natsUrl: 'nats://x',
    natsJwt: 'jwt',
    tensorsUrl: 'http://x',
    bearer: 'b',
    expiresInMs: 60_000,
    deviceClassId: 'c',
    ...change,
  },
});
const pending = session({ state: DeviceState.DEVICE_STATE_PENDING });
const revoked = session({ state: DeviceState.DEVICE_STATE_REVOKED });
const away = new FleetError('unavailable', 'coordinator away');

function setUp(answers: (OpenedSession | FleetError)[]) {
  const time = playedTime();
  const stop = new AbortController();
  const seen = { opened: 0, pending: 0, renewed: 0 };
  const ports = {
    session: {
      async open() {
        seen.opened++;
        const answer = answers.shift() ?? session();
        if (answer instanceof FleetError) throw answer;
        return answer;
      },
    },
    time,
    rng: seededRng(1),
    log: silent,
    onPending: () => void seen.pending++,
    refused: makeInbox<Refused>(),
    onRenewed: async () => void seen.renewed++,
  };
  return { time, stop, seen, ports };
}

describe('openSession', () => {
  it('waits for approval, and for a coordinator that is away', async () => {
    const { ports, time, stop, seen } = setUp([away, pending, pending, away, session({ bearer: 'good' })]);
    const opening = openSession(ports, stop.signal);
    await time.advance(10_000);
    expect((await opening).response.bearer).toBe('good');
    expect(seen).toMatchObject({ opened: 5, pending: 2 });
  });

  it.each([revoked, new FleetError('unauthenticated', 'no such device'), new FleetError('denied', 'no')])(
    'gives up where waiting cannot help',
    async (answer) => {
      const { ports, stop } = setUp([answer]);
      await expect(openSession(ports, stop.signal)).rejects.toBeInstanceOf(FleetError);
    },
  );

  it('stops when it is cancelled', async () => {
    const { ports, time, stop } = setUp([pending]);
    const opening = openSession(ports, stop.signal);
    opening.catch(() => {});
    await time.advance(10);
    stop.abort();
    await expect(opening).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('renewSessions', () => {
  it('renews at half the life of each session', async () => {
    const { ports, time, stop, seen } = setUp([session({ expiresInMs: 20_000 })]);
    const renewing = renewSessions(session(), ports, stop.signal);
    await time.advance(29_000);
    expect(seen.renewed).toBe(0);
    await time.advance(2_000);
    expect(seen.renewed).toBe(1);
    await time.advance(10_000);
    expect(seen.renewed).toBe(2);
    stop.abort();
    await renewing;
  });

  it('renews at once when credentials were refused', async () => {
    const { ports, time, stop, seen } = setUp([]);
    void renewSessions(session(), ports, stop.signal);
    await time.advance(1_000);
    ports.refused.push({ why: 'expired' });
    await time.settle();
    expect(seen.renewed).toBe(1);
    stop.abort();
  });

  it('goes on trying while the coordinator is away, and ends when the device is not wanted', async () => {
    const { ports, time, stop, seen } = setUp([away, away, away, session(), revoked]);
    const renewing = renewSessions(session(), ports, stop.signal);
    renewing.catch(() => {});
    await time.advance(35_000);
    expect(seen).toMatchObject({ opened: 4, renewed: 1 });
    await time.advance(31_000);
    await expect(renewing).rejects.toMatchObject({ code: 'denied' });
  });
});
