import type { MeasureOutcome, MeasurePort } from '@fleetfit/agent';
import { JobPurpose } from '@fleetfit/protocol';
import type { Measured } from '../keeping/history.ts';
import { noteUnderWay } from './crash-watch.ts';

/** Measures as before, and notes what came of it for the person whose phone this is. */
export function notingMeasure(measure: MeasurePort, note: (measured: Measured) => void): MeasurePort {
  return {
    async measure(request, signal) {
      const { attemptId, job } = request;
      noteUnderWay(attemptId, job);
      const started = performance.now();
      const outcome = await measure.measure(request, signal);
      const common = {
        attempt: attemptId,
        candidate: job.candidateId,
        sweep: job.sweepId,
        judged: job.purpose === JobPurpose.JOB_PURPOSE_JUDGE,
        at: Date.now(),
        tookMs: performance.now() - started,
      };
      if (!signal.aborted) note({ ...common, ...figuresOf(outcome) });
      return outcome;
    },
  };
}

function figuresOf(outcome: MeasureOutcome): Pick<Measured, 'p50Ms' | 'controlMs' | 'ratio' | 'why'> {
  if (outcome.kind === 'measured') {
    const { p50Ms, controlP50Ms, ratio } = outcome.measurement;
    return { p50Ms: p50Ms?.value, controlMs: controlP50Ms?.value, ratio, why: '' };
  }
  const why = outcome.kind === 'crashed' ? `its worker ended: ${outcome.crashed.why}` : outcome.failed.why;
  return { p50Ms: undefined, controlMs: undefined, ratio: undefined, why };
}
