import { attemptId, candidateId, deviceId, jobId } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { aSweep, device, FAST, job, lease, leased, type OpenedStore, SLOW } from './fixtures.ts';

export function jobContract(opened: OpenedStore): void {
  describe('jobs', () => {
    it('are inserted once, however often that is repeated', async () => {
      const sweep = await aSweep(opened());
      const all = [job(sweep, { notDevices: [deviceId('d-x')] }), job(sweep)];
      expect(await opened().jobs.insert(all)).toBe(2);
      expect(await opened().jobs.insert([...all, job(sweep)])).toBe(1);
      expect(await opened().jobs.list({ sweepId: sweep })).toMatchObject([...all, {}]);
      expect(await opened().jobs.insert([])).toBe(0);
    });

    it('need a sweep', async () => {
      const sweep = await aSweep(opened());
      await expect(opened().jobs.insert([job(sweep, { sweepId: 'none' as typeof sweep })])).rejects.toMatchObject({ code: 'not-found' });
    });

    it('are given to a device by priority, then by age, of its classes, and not when they exclude it', async () => {
      const sweep = await aSweep(opened());
      const on = device();
      const classIds = [SLOW];
      const jobs = [
        job(sweep, { classId: SLOW }),
        job(sweep, { classId: SLOW, priority: 5 }),
        job(sweep, { classId: SLOW, priority: 9, notDevices: [on.id, deviceId('other')] }),
        job(sweep, { classId: FAST, priority: 9 }),
        job(sweep, { classId: SLOW, priority: 5 }),
      ];
      await opened().jobs.insert(jobs);
      const found = await opened().jobs.readyFor({ deviceId: on.id, classIds }, 10);
      expect(found.map(({ id }) => id)).toEqual([1, 4, 0].map((i) => jobs[i]?.id));
      expect(await opened().jobs.readyFor({ deviceId: on.id, classIds })).toHaveLength(1);
      expect(await opened().jobs.readyFor({ deviceId: on.id, classIds: [] })).toEqual([]);
    });

    it('go to exactly one of several devices', async () => {
      const sweep = await aSweep(opened());
      const one = job(sweep);
      const devices = [device(), device(), device(), device()];
      await opened().jobs.insert([one]);
      for (const row of devices) await opened().devices.insert(row);
      const answers = await Promise.all(devices.map(({ id }) => opened().jobs.lease(lease(one.id, id))));
      expect(answers.filter(Boolean)).toHaveLength(1);
      expect(await opened().jobs.get(one.id)).toMatchObject({ state: 'leased', fence: 1 });
      expect(await opened().jobs.attemptsOf(one.id)).toEqual(answers.filter(Boolean));
      expect(await opened().jobs.attemptsOfSweep(sweep)).toMatchObject([
        { candidateId: one.candidateId, classId: one.classId, state: 'leased', endedAt: undefined },
      ]);
    });

    it('cannot be leased to a device that is not enrolled', async () => {
      const sweep = await aSweep(opened());
      const one = job(sweep);
      await opened().jobs.insert([one]);
      await expect(opened().jobs.lease(lease(one.id, deviceId('stranger')))).rejects.toMatchObject({ code: 'not-found' });
      expect(await opened().jobs.get(one.id)).toMatchObject({ state: 'ready', fence: 0 });
    });
  });

  describe('attempts', () => {
    it('that are lost put the job back, for others, with the next fence', async () => {
      const { on, attempt, jobId: id } = await leased(opened());
      const lost = await opened().jobs.endAttempt(attempt, { state: 'lost', endedAt: 70, job: 'ready', notDevices: [on] });
      expect(lost).toMatchObject({ state: 'lost', endedAt: 70, fence: 1 });
      expect(await opened().jobs.get(id)).toMatchObject({ state: 'ready', notDevices: [on], endedAt: undefined });
      expect(await opened().jobs.endAttempt(attempt, { state: 'crashed', endedAt: 71, job: 'failed' })).toBeUndefined();
      expect(await opened().jobs.lease(lease(id, on))).toMatchObject({ fence: 2 });
    });

    it('may be the last one of their job', async () => {
      const { attempt, jobId: id } = await leased(opened());
      await opened().jobs.endAttempt(attempt, { state: 'crashed', endedAt: 70, job: 'failed' });
      expect(await opened().jobs.get(id)).toMatchObject({ state: 'failed', endedAt: 70 });
    });

    it('live as long as their deadline is moved', async () => {
      const { attempt, on } = await leased(opened());
      const overdue = async (at: number) => (await opened().jobs.openAttempts({ deadlineBefore: at, deviceId: on })).map(({ id }) => id);
      expect(await overdue(62_000)).toEqual([]);
      expect(await overdue(62_001)).toEqual([attempt]);
      expect(await opened().jobs.extend(attempt, 80_000)).toBe(true);
      expect(await overdue(62_001)).toEqual([]);
      await opened().jobs.endAttempt(attempt, { state: 'released', endedAt: 70, job: 'ready' });
      expect(await opened().jobs.extend(attempt, 90_000)).toBe(false);
      expect(await opened().jobs.openAttempts({ deviceId: on })).toEqual([]);
    });

    it('are cancelled with their sweep, or with one candidate of it', async () => {
      const { sweep, on, attempt, jobId: id } = await leased(opened());
      const other = job(sweep, { candidateId: candidateId('c002') });
      await opened().jobs.insert([other]);
      expect(await opened().jobs.cancel({ sweepId: sweep, candidateId: candidateId('c002') }, 80)).toEqual([]);
      expect(await opened().jobs.get(other.id)).toMatchObject({ state: 'cancelled', endedAt: 80 });
      expect(await opened().jobs.get(id)).toMatchObject({ state: 'leased' });
      expect(await opened().jobs.cancel({ sweepId: sweep }, 90)).toMatchObject([
        { id: attempt, deviceId: on, state: 'cancelled', endedAt: 90 },
      ]);
      expect(await opened().jobs.get(other.id)).toMatchObject({ endedAt: 80 });
      expect(await opened().jobs.lease(lease(id, on))).toBeUndefined();
    });

    it('are unknown when nobody made them', async () => {
      expect(await opened().jobs.getAttempt(attemptId('none'))).toBeUndefined();
      expect(await opened().jobs.get(jobId('none'))).toBeUndefined();
      expect(await opened().jobs.endAttempt(attemptId('none'), { state: 'lost', endedAt: 1, job: 'ready' })).toBeUndefined();
    });
  });
}
