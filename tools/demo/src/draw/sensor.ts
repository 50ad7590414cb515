import type { Rng } from '@fleetfit/core';
import { SIDE } from './canvas.ts';
import { toSrgb } from './colour.ts';
import { between, chance } from './pick.ts';
import type { Style } from './style.ts';

/** What a cheap camera makes of the light: exposure, white balance, vignette, blur, noise; as sRGB bytes, rows of RGB. */
export function develop(light: Float32Array, rng: Rng, style: Style): Uint8Array {
  const exposure = 2 ** (between(rng, 0, 0.9) + (chance(rng, 0.12) ? between(rng, -1, 0.2) : 0));
  const balance = [between(rng, 0.9, 1.1), 1, between(rng, 0.88, 1.12)];
  const vignette = between(rng, 0, 0.5);
  const [least, most] = style.noise;
  const noise = least + (most - least) * rng.next() ** 2;
  const seen = blurred(light, chance(rng, 0.3) ? between(rng, 0.5, 1.1) : between(rng, 0.15, 0.5));
  const out = new Uint8Array(SIDE * SIDE * 3);
  for (let i = 0; i < out.length; i++) {
    const pixel = Math.floor(i / 3);
    const dx = (pixel % SIDE) / SIDE - 0.5;
    const dy = Math.floor(pixel / SIDE) / SIDE - 0.5;
    const v = (seen[i] ?? 0) * exposure * (balance[i % 3] ?? 1) * (1 - vignette * (dx * dx + dy * dy) * 1.6);
    out[i] = Math.max(0, Math.min(255, Math.round(toSrgb(v) + noise * rng.normal())));
  }
  return out;
}

// A Gaussian of this standard deviation in pixels, along rows and then along columns.
function blurred(from: Float32Array, sigma: number): Float32Array {
  const radius = Math.max(1, Math.ceil(sigma * 2.5));
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)));
  const sum = weights.reduce((a, b) => a + b, 0);
  const pass = (source: Float32Array, dx: number, dy: number): Float32Array => {
    const to = new Float32Array(source.length);
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        for (let k = -radius; k <= radius; k++) {
          const sx = Math.max(0, Math.min(SIDE - 1, x + k * dx));
          const sy = Math.max(0, Math.min(SIDE - 1, y + k * dy));
          const weight = (weights[k + radius] ?? 0) / sum;
          const at = (sy * SIDE + sx) * 3;
          const put = (y * SIDE + x) * 3;
          for (let c = 0; c < 3; c++) to[put + c] = (to[put + c] ?? 0) + weight * (source[at + c] ?? 0);
        }
      }
    }
    return to;
  };
  return pass(pass(from, 1, 0), 0, 1);
}
