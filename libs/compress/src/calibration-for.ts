import type { Calibration, Model } from '@fleetfit/onnx';
import type { Tensor } from '@fleetfit/runtime';

// One wrapper for each size: passes remember what they found out with the object.
const resized = new WeakMap<Calibration, Map<string, Calibration>>();

/**
 * Calibration images at the size that a model takes. A pass before may have changed it (resize-input); the images themselves were
 * prepared for the original. The same object where the size is right.
 */
export function calibrationFor(model: Model, calibration: Calibration): Calibration {
  const dims = model.graph.inputs.find(({ name }) => name === calibration.input)?.dims;
  const [, , height, width] = dims ?? [];
  if (dims?.length !== 4 || typeof height !== 'number' || typeof width !== 'number') return calibration;
  const [first] = calibration.batches(1);
  if (!first || (first.dims[2] === height && first.dims[3] === width) || first.dims.length !== 4) return calibration;
  const sizes = resized.get(calibration) ?? new Map<string, Calibration>();
  resized.set(calibration, sizes);
  const key = `${height}x${width}`;
  const before = sizes.get(key);
  if (before) return before;
  const made: Calibration = {
    ...calibration,
    *batches(size) {
      for (const batch of calibration.batches(size)) yield scaled(batch, height, width);
    },
  };
  sizes.set(key, made);
  return made;
}

/** Linear between pixel centres, as the runtime's Resize. */
function scaled(image: Tensor, height: number, width: number): Tensor {
  const { data } = image;
  const [n = 1, c = 1, h = 1, w = 1] = image.dims;
  if (!(data instanceof Float32Array)) return image;
  const values = new Float32Array(n * c * height * width);
  const rows = placesOf(height, h);
  const columns = placesOf(width, w);
  for (let plane = 0; plane < n * c; plane++)
    rows.forEach(([top, bottom, y], i) => {
      columns.forEach(([left, right, x], j) => {
        const at = (row: number, column: number): number => data[(plane * h + row) * w + column] ?? 0;
        const upper = at(top, left) * (1 - x) + at(top, right) * x;
        const lower = at(bottom, left) * (1 - x) + at(bottom, right) * x;
        values[(plane * height + i) * width + j] = upper * (1 - y) + lower * y;
      });
    });
  return { type: image.type, dims: [n, c, height, width], data: values };
}

function placesOf(count: number, from: number): (readonly [number, number, number])[] {
  return Array.from({ length: count }, (_, i) => {
    const at = Math.min(Math.max(((i + 0.5) * from) / count - 0.5, 0), from - 1);
    const low = Math.floor(at);
    return [low, Math.min(low + 1, from - 1), at - low];
  });
}
