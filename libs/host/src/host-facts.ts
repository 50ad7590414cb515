import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { type Bytes, bytes, type HostId, hostId } from '@fleetfit/core';
import { homeFolder } from './folders.ts';

/** What this computer is, as far as it decides how fast a model runs. */
export interface HostFacts {
  /** Stable over restarts, the same for every process on this computer. */
  readonly hostId: HostId;
  /** `AMD EPYC 9B14`, `Raspberry Pi 5 Model B`; `unknown` when the system does not tell. */
  readonly cpu: string;
  /** Instruction sets that change which kernels run, sorted: `avx2`, `avx512_vnni`, `asimddp`. */
  readonly features: readonly string[];
  readonly os: string;
  readonly arch: string;
  /** Processors that this process may use. */
  readonly cores: number;
  /** Memory that this process may use: the container's limit where there is one. */
  readonly memory: Bytes;
}

// The names that Linux gives to the instruction sets that onnxruntime's kernels (MLAS, XNNPACK, KleidiAI) choose by.
const FEATURES = new Set(
  `sse4_1 avx avx2 fma f16c avx512f avx512bw avx512dq avx512vl avx512_vnni avx_vnni avx512_bf16 avx512_fp16 amx_tile amx_int8 amx_bf16
   neon asimd fphp asimdhp asimddp asimdfhm i8mm bf16 sve sve2 svei8mm svebf16 sme sme2`.split(/\s+/),
);

/** Reads the facts of this computer. `folder` keeps the made-up id of a computer that has none of its own. */
export function hostFacts({ folder = homeFolder() }: { readonly folder?: string } = {}): HostFacts {
  const info = readOr('/proc/cpuinfo', '');
  return {
    hostId: hostIdOf(folder),
    cpu: cpuName(info),
    features: featuresIn(info),
    os: process.platform,
    arch: process.arch,
    cores: availableParallelism(),
    memory: bytes(Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY)),
  };
}

/** The features that matter in the text of /proc/cpuinfo: the line is called `flags` on x86 and `Features` on ARM. Sorted. */
export function featuresIn(cpuinfo: string): readonly string[] {
  const words = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/) ?? [];
  return [...new Set(words.filter((word) => FEATURES.has(word)))].sort();
}

// machine-id(5) asks not to show the id itself: only a hash that is of no use to other programs leaves.
function hostIdOf(folder: string): HostId {
  const machineId = readOr('/etc/machine-id', '').trim();
  const source = /^[0-9a-f]{32}$/.test(machineId) ? machineId : ownId(join(folder, 'host-id'));
  return hostId(`h-${createHash('sha256').update(`fleetfit host ${source}`).digest('hex').slice(0, 16)}`);
}

// Written only when missing ('wx'): of two processes that start at once, both read what the first one wrote.
function ownId(file: string): string {
  mkdirSync(dirname(file), { recursive: true });
  try {
    writeFileSync(file, randomBytes(16).toString('hex'), { flag: 'wx', mode: 0o644 });
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown;
  }
  return readFileSync(file, 'utf8').trim();
}

// ARM boards name no CPU, but the device tree names the board, which says more.
function cpuName(cpuinfo: string): string {
  const board = readOr('/proc/device-tree/model', '').replace(/\0/g, '').trim();
  const model = cpus()[0]?.model.trim() ?? '';
  const hardware = /^(?:Hardware|Model)\s*:\s*(.+)$/m.exec(cpuinfo)?.[1]?.trim() ?? '';
  return [process.arch.startsWith('arm') ? board : '', model === 'unknown' ? '' : model, hardware, board].find(Boolean) ?? 'unknown';
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise;
  }
}
