import { readFileSync } from 'node:fs';
import { arch, cpus, freemem, loadavg, platform, release, totalmem } from 'node:os';

/** Where numbers were measured: they mean nothing without it. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** Instruction sets that decide which kernels run. */
  readonly features: readonly string[];
  readonly memoryBytes: number;
  readonly freeBytes: number;
  readonly os: string;
  readonly arch: string;
  readonly node: string;
  /** Processes that wanted a core in the minute before: above 0 the machine was not idle. */
  readonly load: number;
}

const TELLING = ['sse4_2', 'avx', 'avx2', 'fma', 'avx512f', 'avx512_vnni', 'avx_vnni', 'amx_int8', 'asimd', 'asimddp', 'i8mm', 'sve'];

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    features: cpuFeatures(),
    memoryBytes: totalmem(),
    freeBytes: freemem(),
    os: `${platform()} ${release()}`,
    arch: arch(),
    node: process.version,
    load: loadavg()[0] ?? 0,
  };
}

/** Whether rows of one machine may stand beside rows of the other. */
export function sameMachine(one: Machine, other: Machine): boolean {
  return one.cpu === other.cpu && one.cores === other.cores && one.node === other.node && one.arch === other.arch;
}

function cpuFeatures(): string[] {
  if (platform() !== 'linux') return [];
  const line = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
  const flags = new Set(line.split(/\s+/));
  return TELLING.filter((feature) => flags.has(feature));
}
