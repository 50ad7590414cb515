import { type DeviceClassId, deviceClassId } from './ids.ts';

/** What makes two devices measure alike. Two devices with equal facts stand in one class. */
export interface DeviceClassFacts {
  /** Marketing name of the CPU or SoC: `AMD EPYC 9B14`, `BCM2712`. */
  readonly cpu: string;
  /** Instruction sets that change which kernels run: `avx512_vnni`, `asimddp`. Sorted. */
  readonly features: readonly string[];
  readonly os: string;
  readonly arch: string;
  readonly runtime: 'node' | 'web';
  readonly runtimeVersion: string;
  /** Execution provider as onnxruntime calls it: `cpu`, `wasm`, `webgpu`. */
  readonly provider: string;
  readonly threads: number;
  /** Cross-origin isolated (web), always true in node: it decides threads and the resolution of the clock. */
  readonly isolated: boolean;
}

export interface DeviceClass extends DeviceClassFacts {
  readonly id: DeviceClassId;
  /** For people: `AMD EPYC 9B14, node cpu, 1 thread`. */
  readonly label: string;
}

/** The class of a device with these facts. The id is a readable slug plus a checksum of every fact. */
export function deviceClassOf(facts: DeviceClassFacts): DeviceClass {
  const features = [...facts.features].sort();
  const all = [
    facts.cpu,
    features.join(' '),
    facts.os,
    facts.arch,
    facts.runtime,
    facts.runtimeVersion,
    facts.provider,
    facts.threads,
    facts.isolated,
  ].join('|');
  const slug = `${facts.cpu}-${facts.runtime}-${facts.provider}-${facts.threads}t`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(-60)
    .replace(/^-+/, '');
  return {
    ...facts,
    features,
    id: deviceClassId(`${slug}-${checksum(all)}`),
    label: `${facts.cpu}, ${facts.runtime} ${facts.provider}, ${facts.threads} ${facts.threads === 1 ? 'thread' : 'threads'}`,
  };
}

// Two rounds of FNV-1a with different offsets: 40 bits, ample for a fleet's few classes, and the same in every runtime.
function checksum(text: string): string {
  const round = (offset: number): number => {
    let hash = offset;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    return hash >>> 0;
  };
  return (round(0x811c9dc5).toString(16).padStart(8, '0') + round(0x01234567).toString(16).padStart(8, '0')).slice(0, 10);
}
