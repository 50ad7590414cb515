import type { DeviceConditions } from '@fleetfit/agent';
import type { DeviceFacts } from '@fleetfit/protocol';
import type { OpenOptions } from '@fleetfit/runtime';
import { ORT_VERSION, probeProviders, threadsHere } from '@fleetfit/runtime-web';
import type { Choices } from '../keeping/device-record.ts';
import { type BrowserNames, nameBrowser, type UserAgentData } from './name-browser.ts';

/** Of this program; a coordinator shows it. */
export const AGENT_VERSION = '0.1.0';

/** Everything that onnxruntime may do to a graph: what an application would use. */
const OPTIMIZATION: OpenOptions['optimization'] = 'all';

/** What this phone is, in the words that the coordinator, a report and the runtime each need. */
export interface DeviceDescription {
  readonly facts: DeviceFacts;
  readonly conditions: DeviceConditions;
  readonly open: Omit<OpenOptions, 'signal'>;
}

interface MoreNavigator extends Navigator {
  readonly userAgentData?: UserAgentData;
  /** In GB, rounded, at most 8. */
  readonly deviceMemory?: number;
}

/**
 * Describes this browser. Its class depends on the phone, the browser and its version, the execution provider, the threads, and on
 * whether the page is isolated, which decides threads and the clock.
 */
export async function describeBrowser(choices: Choices, hostId: string): Promise<DeviceDescription> {
  const { userAgent, userAgentData, hardwareConcurrency, deviceMemory = 0 } = navigator as MoreNavigator;
  const names = await nameBrowser({ userAgent, userAgentData, cores: hardwareConcurrency });
  const providers = await probeProviders();
  const chosen = providers.find(({ provider, there }) => there && provider === choices.provider) ?? { provider: 'wasm', what: '' };
  const threads = crossOriginIsolated && chosen.provider === 'wasm' ? (choices.threads ?? threadsHere()) : 1;
  const common = {
    cpu: names.chip,
    features: ['simd', ...(chosen.provider === 'wasm' ? [] : [`adapter ${chosen.what}`])],
    os: `${names.os}, ${names.browser}`,
    arch: names.arch,
    runtimeVersion: ORT_VERSION,
    provider: chosen.provider,
    threads,
    memoryBytes: deviceMemory * 2 ** 30,
    agentVersion: AGENT_VERSION,
  };
  return {
    facts: {
      ...common,
      features: [...common.features],
      hostId,
      name: choices.name ?? defaultName(names),
      runtime: 'web',
      isolated: crossOriginIsolated,
    },
    conditions: { ...common, runtime: 'onnxruntime-web', optimization: OPTIMIZATION },
    open: { provider: common.provider, threads, optimization: OPTIMIZATION },
  };
}

const defaultName = ({ model, browser, os }: BrowserNames): string =>
  model || `${browser.replace(/ \d+$/, '')} on ${os.replace(/ [\d.]+$/, '')}`;
