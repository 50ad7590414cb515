import { deviceId } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { afterAttempt, type JobHistory } from './attempt-rules.ts';

const [one, two] = [deviceId('one'), deviceId('two')];
const fresh: JobHistory = { counted: 0, failedOn: [], limit: 3, devices: [one, two] };

describe('after an attempt', () => {
  it('tries a crashed job on another device', () => {
    expect(afterAttempt({ kind: 'crashed' }, one, fresh)).toEqual({ job: 'ready', notDevices: [one] });
  });

  it('fails a job that crashed on two devices', () => {
    expect(afterAttempt({ kind: 'crashed' }, two, { ...fresh, counted: 1, failedOn: [one] }).job).toBe('failed');
  });

  it('tries again on the only device, up to the limit', () => {
    const alone = { ...fresh, devices: [one] };
    expect(afterAttempt({ kind: 'crashed' }, one, alone)).toEqual({ job: 'ready', notDevices: [] });
    expect(afterAttempt({ kind: 'crashed' }, one, { ...alone, counted: 2, failedOn: [one] }).job).toBe('failed');
  });

  it('does not blame a candidate whose device went away, until the limit', () => {
    expect(afterAttempt({ kind: 'lost' }, one, fresh)).toEqual({ job: 'ready', notDevices: [] });
    expect(afterAttempt({ kind: 'lost' }, one, { ...fresh, counted: 2 }).job).toBe('failed');
  });

  it('counts a released job as no attempt', () => {
    expect(afterAttempt({ kind: 'released' }, one, { ...fresh, counted: 2 })).toEqual({ job: 'ready', notDevices: [] });
  });
});
