import type { MeasureOutcome, MeasurePort } from '@fleetfit/agent';
import type { Measured } from '../keeping/history.ts';

/** Measures as before, and notes what came of it for the person whose phone this is. */
export function notingMeasure(measure: MeasurePort, note: (measured: Measured) => void): MeasurePort {
  return {
    async measure(request, signal) {
      const { attemptId, job } = request;
      const started = performance.now();
      const outcome = await measure.measure(request, signal);
      const common = {
        attempt: attemptId,
        candidate: job.candidateId,
        sweep: job.sweepId,
        at: Date.now(),
        tookMs: performance.now() - started,
      };
      if (!signal.aborted) note({ ...common, ...figuresOf(outcome) });
      return outcome;
    },
  };
}

function figuresOf(outcome: MeasureOutcome): Pick<Measured, 'p50Ms' | 'ratio' | 'why'> {
  if (outcome.kind === 'measured') return { p50Ms: outcome.measurement.p50Ms?.value, ratio: outcome.measurement.ratio, why: '' };
  const why = outcome.kind === 'crashed' ? `its worker ended: ${outcome.crashed.why}` : outcome.failed.why;
  return { p50Ms: undefined, ratio: undefined, why };
}
