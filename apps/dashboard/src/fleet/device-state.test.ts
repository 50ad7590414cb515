import { expect, it } from 'vitest';
import type { DeviceView } from '../client/views.ts';
import { deviceState } from './device-state.ts';

const device = (more: Partial<DeviceView>): DeviceView => ({
  id: 'd1' as DeviceView['id'],
  name: 'shelf-01',
  classId: 'pi' as DeviceView['classId'],
  classLabel: 'pi',
  position: 0,
  state: 'active',
  online: true,
  words: 'amber otter',
  doing: { kind: 'idle', why: 'no work' },
  tags: [],
  paused: false,
  joinedAt: 0,
  reports: [],
  facts: {
    cpu: 'pi',
    os: 'Linux',
    arch: 'arm64',
    threads: 1,
    isolated: true,
    runtime: 'node',
    runtimeVersion: '1',
    provider: 'cpu',
    memoryBytes: 1,
  },
  measured: 0,
  ...more,
});

it('says one word for a device, and why', () => {
  const words = (more: Partial<DeviceView>) => {
    const { word, detail } = deviceState(device(more), 100_000);
    return [word, detail];
  };
  expect(words({})).toEqual(['Ready', 'no work for it now']);
  expect(words({ doing: { kind: 'idle', why: 'host busy: another device measures' } })).toEqual([
    'Waiting',
    'host busy: another device measures',
  ]);
  expect(words({ state: 'pending' })).toEqual(['Waiting for you', 'compare the two words']);
  expect(words({ online: false, lastSeenAt: 40_000 })).toEqual(['Offline', 'last contact 1 min ago']);
  // Contact is lost: what it did last is no longer known to be so.
  expect(
    words({ online: false, doing: { kind: 'measuring', sweep: 's' as never, candidate: 'c001' as never, phase: 'block 1', done: 0.1 } })[0],
  ).toBe('Offline');
});
