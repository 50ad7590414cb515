import { type Calibration, encodeModel, type Model } from '@fleetfit/onnx';

/** Remembers what was found out with calibration images about a model, for as long as somebody holds the Calibration object. */
type Memory<Value> = (
  of: { readonly calibration: Calibration; readonly model: Model; readonly about: string },
  find: () => Promise<Value>,
) => Promise<Value>;

/**
 * A memory of one kind of finding. Candidates of a sweep start from the same model and images: what the first of them finds out,
 * the others find here. Of each kind the latest model is kept, with everything asked about it; what failed is forgotten.
 */
export function makeMemory<Value>(): Memory<Value> {
  const kept = new WeakMap<Calibration, { readonly model: string; readonly found: Map<string, Promise<Value>> }>();
  return ({ calibration, model, about }, find) => {
    const name = fingerprintOf(model);
    let memory = kept.get(calibration);
    if (memory?.model !== name) {
      memory = { model: name, found: new Map() };
      kept.set(calibration, memory);
    }
    const { found } = memory;
    const before = found.get(about);
    if (before) return before;
    const finding = find();
    found.set(about, finding);
    finding.catch(() => found.delete(about));
    return finding;
  };
}

// FNV-1a over 32-bit words, with the length: it tells apart the few models of one sweep.
function fingerprintOf(model: Model): string {
  const bytes = encodeModel(model);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset - (bytes.byteOffset % 4), bytes.length >>> 2);
  let hash = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ (words[i] ?? 0), 0x01000193);
  return `${hash >>> 0}.${bytes.length}`;
}
