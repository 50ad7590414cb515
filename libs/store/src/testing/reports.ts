import { attemptId, candidateId, deviceId, jobId } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { aSweep, job, lease, leased, type OpenedStore, report } from './fixtures.ts';

export function reportContract(opened: OpenedStore): void {
  describe('acceptReport', () => {
    it('ends the job with the first valid report, and keeps its bytes', async () => {
      const { on, attempt, jobId } = await leased(opened());
      const sent = report(attempt, on);
      const receipt = await opened().jobs.acceptReport(sent);
      expect(receipt).toMatchObject({
        verdict: 'accepted',
        endsJob: true,
        attempt: { state: 'done' },
        job: { state: 'done', endedAt: 5000 },
      });
      expect(await opened().jobs.get(jobId)).toEqual(receipt.verdict === 'accepted' && receipt.job);
      expect(await opened().jobs.getAttempt(attempt)).toEqual(receipt.verdict === 'accepted' && receipt.attempt);
      const { finding: _, deviceId: __, ...kept } = sent;
      expect(await opened().jobs.getReport(attempt)).toEqual({ ...kept, verdict: 'accepted' });
    });

    it('counts a job for the device that has done it, once', async () => {
      const { on, attempt } = await leased(opened());
      expect((await opened().jobs.doneByDevice()).get(on)).toBeUndefined();
      await opened().jobs.acceptReport(report(attempt, on));
      await opened().jobs.acceptReport(report(attempt, on));
      expect((await opened().jobs.doneByDevice()).get(on)).toBe(1);
    });

    it('remembers the last reports of every device, oldest first', async () => {
      const [first, second, other] = [await leased(opened()), await leased(opened()), await leased(opened())];
      const on = first.on;
      await opened().jobs.acceptReport(report(first.attempt, on, { receivedAt: 1 }));
      await opened().jobs.acceptReport(report(other.attempt, other.on, { receivedAt: 3 }));
      const again = await opened().jobs.insert([
        job(await aSweep(opened()), { id: jobId('told-later'), candidateId: candidateId('c007') }),
      ]);
      const later = again === 1 ? await opened().jobs.lease(lease(jobId('told-later'), on)) : undefined;
      if (later) await opened().jobs.acceptReport(report(later.id, on, { receivedAt: 2 }));
      const of = async (each: number) => (await opened().jobs.lastReports(each)).filter((row) => [on, other.on].includes(row.deviceId));
      expect((await of(1)).map(({ receivedAt, candidateId: candidate }) => [receivedAt, candidate])).toEqual([
        [3, 'c001'],
        [2, 'c007'],
      ]);
      expect((await of(2)).map(({ receivedAt }) => receivedAt)).toEqual([1, 3, 2]);
      expect((await of(9)).some(({ deviceId: device }) => device === second.on)).toBe(false);
    });

    it('says duplicate to the same bytes, and rejects others, and changes nothing', async () => {
      const { on, attempt, jobId } = await leased(opened());
      await opened().jobs.acceptReport(report(attempt, on));
      const before = [await opened().jobs.get(jobId), await opened().jobs.getReport(attempt)];
      expect(await opened().jobs.acceptReport(report(attempt, on, { receivedAt: 6000 }))).toMatchObject({
        verdict: 'duplicate',
        first: 'accepted',
      });
      const forged = await opened().jobs.acceptReport(report(attempt, on, { bodyHash: 'bb', body: Uint8Array.of(9) }));
      expect(forged).toMatchObject({ verdict: 'rejected', why: expect.stringContaining('has reported something else before') });
      expect([await opened().jobs.get(jobId), await opened().jobs.getReport(attempt)]).toEqual(before);
    });

    it('takes one of many that come at once', async () => {
      const { on, attempt, jobId } = await leased(opened());
      const receipts = await Promise.all(Array.from({ length: 6 }, () => opened().jobs.acceptReport(report(attempt, on))));
      expect(receipts.map(({ verdict }) => verdict).sort()).toEqual(['accepted', ...Array<string>(5).fill('duplicate')]);
      expect(receipts.filter(({ endsJob }) => endsJob)).toHaveLength(1);
      expect(await opened().jobs.reportsOf(jobId)).toHaveLength(1);
    });

    it('rejects what another device sends, and what nobody was asked for', async () => {
      const { on, attempt, jobId } = await leased(opened());
      const theft = await opened().jobs.acceptReport(report(attempt, deviceId('thief')));
      expect(theft).toMatchObject({ verdict: 'rejected', why: expect.stringContaining('is not one of thief') });
      expect(await opened().jobs.acceptReport(report(attemptId('none'), on))).toMatchObject({ verdict: 'rejected' });
      expect(await opened().jobs.get(jobId)).toMatchObject({ state: 'leased' });
      expect(await opened().jobs.reportsOf(jobId)).toEqual([]);
    });

    it('lets the late report of a lost attempt end the job, and keeps the second one as a replicate', async () => {
      const { on, attempt, jobId } = await leased(opened());
      await opened().jobs.endAttempt(attempt, { state: 'lost', endedAt: 70, job: 'ready' });
      const second = await opened().jobs.lease(lease(jobId, on));
      expect(await opened().jobs.acceptReport(report(attempt, on))).toMatchObject({
        verdict: 'accepted',
        endsJob: true,
        attempt: { state: 'done', endedAt: 70 },
        job: { state: 'done' },
      });
      const replicate = second && (await opened().jobs.acceptReport(report(second.id, on, { bodyHash: 'cc' })));
      expect(replicate).toMatchObject({ verdict: 'kept-as-replicate', endsJob: false, attempt: { state: 'done' }, job: { endedAt: 5000 } });
      const again = second && (await opened().jobs.acceptReport(report(second.id, on, { bodyHash: 'cc' })));
      expect(again).toMatchObject({ verdict: 'duplicate', first: 'kept-as-replicate' });
      expect((await opened().jobs.reportsOf(jobId)).map(({ verdict }) => verdict)).toEqual(['accepted', 'kept-as-replicate']);
    });

    it('keeps a valid report for a job that was cancelled, without bringing it back', async () => {
      const { sweep, on, attempt, jobId } = await leased(opened());
      await opened().jobs.cancel({ sweepId: sweep }, 90);
      expect(await opened().jobs.acceptReport(report(attempt, on))).toMatchObject({
        verdict: 'kept-as-replicate',
        attempt: { state: 'cancelled' },
      });
      expect(await opened().jobs.get(jobId)).toMatchObject({ state: 'cancelled', endedAt: 90 });
    });

    it('gives the job another try after an invalid one, and ends it when told so', async () => {
      const { on, attempt, jobId } = await leased(opened());
      const first = await opened().jobs.acceptReport(report(attempt, on, { finding: { kind: 'invalid', job: 'ready', notDevices: [on] } }));
      expect(first).toMatchObject({
        verdict: 'accepted',
        endsJob: false,
        attempt: { state: 'invalid' },
        job: { state: 'ready', notDevices: [on] },
      });
      const second = await opened().jobs.lease(lease(jobId, on));
      const last = second && (await opened().jobs.acceptReport(report(second.id, on, { finding: { kind: 'crashed', job: 'failed' } })));
      expect(last).toMatchObject({
        verdict: 'accepted',
        endsJob: true,
        attempt: { state: 'crashed' },
        job: { state: 'failed', endedAt: 5000 },
      });
    });

    it('does not let a late invalid report disturb the attempt that runs now', async () => {
      const { on, attempt, jobId } = await leased(opened());
      await opened().jobs.endAttempt(attempt, { state: 'lost', endedAt: 70, job: 'ready' });
      await opened().jobs.lease(lease(jobId, on));
      const late = await opened().jobs.acceptReport(report(attempt, on, { finding: { kind: 'invalid', job: 'failed' } }));
      expect(late).toMatchObject({
        verdict: 'accepted',
        endsJob: false,
        attempt: { state: 'invalid' },
        job: { state: 'leased', fence: 2 },
      });
    });
  });
}
