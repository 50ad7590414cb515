export {
  type AdaptedDevice,
  type DeviceModel,
  type KnownDevice,
  type LatencyForecast,
  learnDevices,
  type Probe,
} from './devices/device-model.ts';
export type { Architecture } from './devices/layer-features.ts';
export { DROP_FLOOR, type Goal, type Limits, type Original, objectivesOf, penaltyOf, scalarOf, type Values } from './goal.ts';
export { type HalvingOptions, withHalving } from './halving.ts';
export { importanceOfKnobs, type KnobImportance } from './importance.ts';
export { listSampler } from './lazy-sampler.ts';
export { makeSampler, samplerNames } from './make-sampler.ts';
export { type Racer, stillRacing } from './race.ts';
export {
  type Ask,
  type Fidelity,
  FULL_FIDELITY,
  type Json,
  type MakeSampler,
  type Sampler,
  type SamplerOptions,
  type Snapshot,
  type Told,
} from './sampler.ts';
