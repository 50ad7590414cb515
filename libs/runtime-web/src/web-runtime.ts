import { FleetError } from '@fleetfit/core';
import type { ModelFiles, OpenOptions, Runtime } from '@fleetfit/runtime';
import type * as Ort from 'onnxruntime-web/wasm';
import { oneAtATime } from './one-at-a-time.ts';
import { asRefusal, wordsOf } from './ort-errors.ts';
import { asSession } from './ort-session.ts';
import { ORT_VERSION } from './web-platform.ts';
import { probeProviders, type WebProvider } from './web-providers.ts';

export interface WebRuntimeOptions {
  /** Folder of onnxruntime's own `.mjs` and `.wasm`, on our origin, with a slash at its end: `/ort/1.30.0/`. */
  readonly files: string;
}

type Library = Pick<typeof Ort, 'env' | 'InferenceSession' | 'Tensor'>;

// Two builds: the plain one is half the size and has wasm alone.
const LIBRARIES: Readonly<Record<WebProvider, () => Promise<Library>>> = {
  wasm: () => import('onnxruntime-web/wasm'),
  webgpu: () => import('onnxruntime-web/webgpu'),
  webnn: () => import('onnxruntime-web/webgpu'),
};

/** A library is set up once in the life of a worker, and cannot be set up otherwise afterwards. */
interface SetUp {
  readonly provider: WebProvider;
  readonly threads: number;
  readonly library: Promise<Library>;
}

/**
 * The Runtime port on onnxruntime-web. It belongs in a worker of its own (`webHost`): a run blocks the thread it is called on, linear
 * memory never shrinks, and provider and threads are those of the first model that is opened.
 */
export async function webRuntime({ files }: WebRuntimeOptions): Promise<Runtime> {
  const providers = (await probeProviders()).filter(({ there }) => there).map(({ provider }) => provider);
  let setUp: SetUp | undefined;

  const libraryFor = ({ provider, threads }: OpenOptions): Promise<Library> => {
    if (!isProvider(provider, providers))
      throw new FleetError(
        'unsupported',
        `Cannot open the model: this browser has no provider "${provider}", only ${providers.join(', ')}`,
      );
    if (threads > 1 && !globalThis.crossOriginIsolated)
      throw new FleetError('unsupported', `Cannot open the model with ${threads} threads: this page is not cross-origin isolated`);
    setUp ??= { provider, threads, library: load(provider, threads, files) };
    if (setUp.provider !== provider || setUp.threads !== threads)
      throw new FleetError(
        'conflict',
        `Cannot open the model on ${provider} with ${threads} threads: this worker runs ${setUp.provider} with ${setUp.threads}`,
        {
          next: 'open it in a worker of its own',
        },
      );
    return setUp.library;
  };

  return {
    facts: { name: 'onnxruntime-web', version: ORT_VERSION, providers },
    open: async (model, options) => {
      const library = await libraryFor(options);
      return asSession(await oneAtATime(() => create(library, model, options)), library.Tensor);
    },
    // The rewritten graph could be saved only into the file system inside the wasm module, which the library does not let out.
    optimized: async () => undefined,
  };
}

const isProvider = (name: string, there: readonly WebProvider[]): name is WebProvider => there.some((each) => each === name);

async function load(provider: WebProvider, threads: number, files: string): Promise<Library> {
  const library = await LIBRARIES[provider]().catch((cause: unknown) => {
    throw new FleetError('unavailable', `Cannot load onnxruntime-web: ${wordsOf(cause)}`, {
      cause,
      next: 'check the network and load the page again',
    });
  });
  const { wasm } = library.env;
  wasm.wasmPaths = files;
  wasm.numThreads = threads;
  wasm.proxy = false;
  library.env.logLevel = 'fatal';
  return library;
}

async function create(library: Library, model: ModelFiles, options: OpenOptions): Promise<Ort.InferenceSession> {
  const { graph, externalData } = model;
  if (graph.length === 0) throw new FleetError('invalid', 'Cannot open the model: it has no bytes');
  throwIfCancelled(options.signal);
  try {
    const session = await library.InferenceSession.create(graph, {
      executionProviders: [options.provider],
      executionMode: 'sequential',
      graphOptimizationLevel: options.optimization,
      // Fatal only: what goes wrong comes back as an error.
      logSeverityLevel: 4,
      externalData: Array.from(externalData, ([path, data]) => ({ path, data })),
    });
    if (options.signal?.aborted) await session.release();
    throwIfCancelled(options.signal);
    return session;
  } catch (cause) {
    throw cause instanceof FleetError ? cause : asRefusal(cause);
  }
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new FleetError('cancelled', 'Cannot open the model: cancelled');
}
