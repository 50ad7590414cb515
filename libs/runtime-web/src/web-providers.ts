/** An execution provider as onnxruntime-web calls it. */
export type WebProvider = 'wasm' | 'webgpu' | 'webnn';

interface Adapters {
  /** WebGPU, https://www.w3.org/TR/webgpu/ */
  readonly gpu?: { requestAdapter(): Promise<{ readonly info?: AdapterInfo } | null> };
  /** WebNN, https://www.w3.org/TR/webnn/ */
  readonly ml?: { createContext(): Promise<unknown> };
}

interface AdapterInfo {
  readonly vendor?: string;
  readonly architecture?: string;
}

/** What came of asking for a provider: it is there with this adapter, or not, and why. */
export interface ProbedProvider {
  readonly provider: WebProvider;
  readonly there: boolean;
  /** For people: the adapter, or the reason. */
  readonly what: string;
}

/** Asks the browser for every provider. An interface without an adapter behind it does not count. Works on pages and in workers. */
export async function probeProviders(): Promise<readonly ProbedProvider[]> {
  const { gpu, ml } = globalThis.navigator as Navigator & Adapters;
  return [
    { provider: 'wasm', there: true, what: 'always there' },
    await probe('webgpu', gpu && (() => gpu.requestAdapter()), (adapter) => [adapter.info?.vendor, adapter.info?.architecture]),
    await probe('webnn', ml && (() => ml.createContext()), () => ['a context']),
  ];
}

async function probe<Adapter>(
  provider: WebProvider,
  ask: (() => Promise<Adapter | null>) | undefined,
  words: (adapter: Adapter) => readonly (string | undefined)[],
): Promise<ProbedProvider> {
  if (!ask) return { provider, there: false, what: 'this browser does not offer it' };
  try {
    const adapter = await ask();
    if (!adapter) return { provider, there: false, what: 'the browser offers it, and has no adapter' };
    return { provider, there: true, what: words(adapter).filter(Boolean).join(' ') || 'an adapter without a name' };
  } catch (thrown) {
    return { provider, there: false, what: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}
