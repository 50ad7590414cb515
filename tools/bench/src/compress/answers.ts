import { encodeModel, type Model } from '@fleetfit/onnx';
import type { OpenOptions, Session, Tensor } from '@fleetfit/runtime';
import { nodeRuntime } from '@fleetfit/runtime-node';

/** How a model is run to be judged. */
export type Kernels =
  /** What the runtime makes of it on this CPU. */
  | 'fused'
  /** What the file says: every Q and DQ by itself, float in between. A CPU with VNNI computes this up to rounding of sums. */
  | 'as-written';

const runtime = nodeRuntime();

/** Opens a model on one thread. The caller closes it. */
export function opened(model: Model, kernels: Kernels = 'fused', threads = 1): Promise<Session> {
  const optimization: OpenOptions['optimization'] = kernels === 'fused' ? 'all' : 'disabled';
  return runtime.open({ graph: encodeModel(model), externalData: new Map() }, { provider: 'cpu', threads, optimization });
}

/** The first output for one image. */
export async function answer(session: Session, image: Tensor): Promise<Float32Array> {
  const results = await session.run({ [session.inputs[0]?.name ?? '']: image });
  const data = results[session.outputs[0]?.name ?? '']?.data;
  if (data instanceof Float32Array) return data;
  throw new Error(`the model answers ${session.outputs[0]?.type ?? 'nothing'}, not float32`);
}
