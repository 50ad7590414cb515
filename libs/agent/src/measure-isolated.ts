import { FleetError, type Log, type Milliseconds, milliseconds, toFleetError } from '@fleetfit/core';
import { decodeMessage, encodeMessage, Job, Measurement, Phase } from '@fleetfit/protocol';
import type { Isolated, RuntimeHost } from '@fleetfit/runtime';
import { type FromMeasuring, type OpenSettings, parseFromMeasuring, type ToInside } from './inside-messages.ts';
import { nextBefore } from './next-before.ts';
import type { MeasurePort, MeasureRequest, TimePort } from './ports.ts';

export interface IsolatedOptions {
  readonly open: OpenSettings;
  readonly time: TimePort;
  readonly log: Log;
  /** A measuring process that says nothing for so long hangs. Default 10 minutes. */
  readonly longestSilence?: Milliseconds;
}

/** Measures in a fresh process or worker of the host each time; the entry of that host runs `measureInside`. */
export function measureIsolated(host: RuntimeHost, options: IsolatedOptions): MeasurePort {
  return {
    async measure(request, signal) {
      const task = taskOf(request, 'measure', options.open);
      let phase: Phase = Phase.PHASE_LOAD;
      const enter = async (next: Phase): Promise<void> => {
        await request.enter(next);
        phase = next;
      };
      const end = await isolated(host, (inside) => listen(inside, { task, request: { ...request, enter }, options, signal }));
      if (end.kind === 'failed') return { kind: 'failed', failed: { phase, code: end.code, why: end.why } };
      if (end.kind === 'measured') return { kind: 'measured', measurement: decodeMessage(Measurement, end.measurement, 'measurement') };
      if (end.kind === 'control-ran') throw new FleetError('bug', 'Cannot take the measurement: only the control ran');
      options.log.warn('the measuring process ended by itself', { attempt: request.attemptId, phase, why: end.why });
      const controlRan = await controlRuns(host, request, { options, signal });
      return { kind: 'crashed', crashed: { phase, why: end.why, controlRan } };
    },
  };
}

// What became of the candidate says nothing while it is open whether this device can still run anything.
async function controlRuns(
  host: RuntimeHost,
  request: MeasureRequest,
  { options, signal }: { readonly options: IsolatedOptions; readonly signal: AbortSignal },
): Promise<boolean> {
  const task = taskOf(request, 'run-control', options.open);
  const quiet = { ...request, enter: async () => {}, onProgress: () => {} };
  try {
    const end = await isolated(host, (inside) => listen(inside, { task, request: quiet, options, signal }));
    return end.kind === 'control-ran';
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    options.log.warn('the control did not run either', { why: toFleetError(thrown, 'Cannot run the control').message });
    return false;
  }
}

function taskOf({ job, attemptId }: MeasureRequest, kind: 'measure' | 'run-control', open: OpenSettings): ToInside {
  const { images, ...rest } = job;
  return { kind, job: encodeMessage(Job, { ...rest, images: [...images] }), seed: attemptId, open };
}

async function isolated<Result>(host: RuntimeHost, use: (inside: Isolated) => Promise<Result>): Promise<Result> {
  const inside = await host.isolate();
  try {
    return await use(inside);
  } finally {
    await inside.end();
  }
}

type End = Exclude<FromMeasuring, { kind: 'enter' | 'progress' }> | { readonly kind: 'crashed'; readonly why: string };

interface Listening {
  readonly task: ToInside;
  readonly request: MeasureRequest;
  readonly options: IsolatedOptions;
  readonly signal: AbortSignal;
}

async function listen(inside: Isolated, { task, request, options, signal }: Listening): Promise<End> {
  const { time, longestSilence = milliseconds(600_000) } = options;
  inside.send(task);
  for (;;) {
    const next = await nextBefore(time.monotonic() + longestSilence, inside, { time, signal });
    if (signal.aborted) throw new FleetError('cancelled', 'Cannot measure any longer: cancelled', { cause: signal.reason });
    if (next === undefined) return { kind: 'crashed', why: 'it gave no sign any more and was ended' };
    if (next.kind === 'ended') return { kind: 'crashed', why: next.ending.why || 'it ended without a result' };
    const message = parseFromMeasuring(next.value);
    if (message.kind === 'progress') request.onProgress(message.done);
    else if (message.kind === 'enter') {
      await request.enter(message.phase);
      inside.send({ kind: 'go' } satisfies ToInside);
    } else return message;
  }
}
