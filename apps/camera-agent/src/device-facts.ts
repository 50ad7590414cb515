import { freemem, loadavg } from 'node:os';
import type { DeviceConditions } from '@fleetfit/agent';
import { hostFacts } from '@fleetfit/host';
import type { DeviceFacts } from '@fleetfit/protocol';
import type { OpenOptions, Runtime } from '@fleetfit/runtime';

/** Of this program; a coordinator shows it. */
const AGENT_VERSION = '0.1.0';

/** Everything that onnxruntime may do to a graph: what an application would use. */
const OPTIMIZATION: OpenOptions['optimization'] = 'all';

/** What this device is, in the words that the coordinator, a report and the runtime each need. */
export interface DeviceDescription {
  readonly facts: DeviceFacts;
  readonly conditions: DeviceConditions;
  readonly open: Omit<OpenOptions, 'signal'>;
}

/** Describes this computer as a device that runs models on the CPU with so many threads. */
export function describeDevice({
  name,
  threads,
  runtime,
}: {
  readonly name: string;
  readonly threads: number;
  readonly runtime: Runtime;
}): DeviceDescription {
  const host = hostFacts();
  const common = {
    cpu: host.cpu,
    features: [...host.features],
    os: host.os,
    arch: host.arch,
    runtimeVersion: runtime.facts.version,
    provider: 'cpu',
    threads,
    memoryBytes: host.memory,
    agentVersion: AGENT_VERSION,
  };
  return {
    facts: { ...common, hostId: host.hostId, name, runtime: 'node', isolated: true },
    conditions: { ...common, runtime: runtime.facts.name, optimization: OPTIMIZATION },
    open: { provider: common.provider, threads, optimization: OPTIMIZATION },
  };
}

/** Runnable processes a core over the last minute. */
export const hostLoad = (): number => (loadavg()[0] ?? 0) / hostFacts().cores;

export const freeMemoryBytes = (): number => freemem();
