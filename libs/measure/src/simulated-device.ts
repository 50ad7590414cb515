import { type Clock, FleetError, type Milliseconds, milliseconds, type Rng } from '@fleetfit/core';
import type { ModelFiles, Runtime, Session, Tensor } from '@fleetfit/runtime';

/** A device whose time only passes when a model runs on it. */
export interface SimulatedDevice {
  readonly clock: Clock;
  readonly runtime: Runtime;
  /** A model for its runtime. */
  model(of: SimulatedModel): ModelFiles;
}

export interface SimulatedModel {
  /** Length of a run on the cool device, ms. */
  readonly runMs: number;
  /** Scores for an image. */
  readonly scores?: (image: Tensor) => readonly number[];
  /** The open or the run throws this. */
  readonly fails?: { readonly on: 'open' | 'run'; readonly why: string };
}

export interface SimulatedDeviceOptions {
  readonly rng: Rng;
  /** How much slower a run that starts then is: 1 on the cool device. */
  readonly slowdown?: (now: Milliseconds) => number;
  /** Spread of single runs, as a fraction. Default 0.02. */
  readonly noise?: number;
  /** Steps of the clock, ms. Default: none. */
  readonly resolution?: number;
}

/** Makes a device for tests: real procedures run on it in simulated time, and the truth is known. */
export function simulatedDevice({ rng, slowdown = () => 1, noise = 0.02, resolution }: SimulatedDeviceOptions): SimulatedDevice {
  let now = 0;
  const shown = (): Milliseconds => milliseconds(resolution === undefined ? now : Math.floor(now / resolution) * resolution);
  const models: SimulatedModel[] = [];
  const pass = (ms: number): void => {
    now += ms * slowdown(milliseconds(now)) * Math.exp(noise * rng.normal());
  };
  const runtime: Runtime = {
    facts: { name: 'simulated', version: '1.0', providers: ['cpu'] },
    open: async ({ graph }) => {
      const model = models[graph[0] ?? 0];
      if (!model) throw new FleetError('unsupported', 'Cannot open the model: it was not made here');
      if (model.fails?.on === 'open') throw new FleetError('unsupported', model.fails.why);
      pass(10 * model.runMs);
      return session(model, pass);
    },
    optimized: async () => undefined,
  };
  return {
    clock: { now: shown, monotonic: shown },
    runtime,
    model: (of) => ({ graph: Uint8Array.of(models.push(of) - 1), externalData: new Map() }),
  };
}

function session(model: SimulatedModel, pass: (ms: number) => void): Session {
  let closed = false;
  return {
    inputs: [{ name: 'x', type: 'float32', dims: [1, 1] }],
    outputs: [{ name: 'y', type: 'float32', dims: [1, 2] }],
    run: async ({ x }) => {
      if (closed) throw new FleetError('bug', 'Cannot run the session: it is closed');
      if (model.fails?.on === 'run') throw new FleetError('invalid', model.fails.why);
      if (!x) throw new FleetError('invalid', 'Cannot run the model: its input "x" is missing');
      pass(model.runMs);
      const scores = Float32Array.from(model.scores?.(x) ?? [1, 0]);
      return { y: { type: 'float32', dims: [1, scores.length], data: scores } };
    },
    close: async () => {
      closed = true;
    },
  };
}
