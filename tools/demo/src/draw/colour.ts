/** A colour in linear light: red, green, blue, each 0 (black) to about 1 (white); highlights go above 1. */
export type Rgb = readonly [number, number, number];

/** A colour as designers write it, `#e8b04a`, in linear light. */
export function hex(text: string): Rgb {
  const value = Number.parseInt(text.slice(1), 16);
  return [toLinear((value >> 16) / 255), toLinear(((value >> 8) & 255) / 255), toLinear((value & 255) / 255)];
}

/** Hue in turns (0 red, 1/3 green, 2/3 blue), saturation and value 0..1, in linear light. */
export function hsv(hue: number, saturation: number, value: number): Rgb {
  const channel = (shift: number): number => {
    const k = (((hue * 6 + shift) % 6) + 6) % 6;
    return toLinear(value - value * saturation * Math.max(0, Math.min(k, 4 - k, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}

export const mix = (a: Rgb, b: Rgb, t: number): Rgb => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t];
export const scaled = (a: Rgb, by: number): Rgb => [a[0] * by, a[1] * by, a[2] * by];
export const times = (a: Rgb, b: Rgb): Rgb => [a[0] * b[0], a[1] * b[1], a[2] * b[2]];
export const plus = (a: Rgb, b: Rgb): Rgb => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];

// Transfer curves of sRGB, IEC 61966-2-1.
const toLinear = (v: number): number => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);

/** Linear light to the 0..255 of an sRGB byte, not yet rounded, so that noise can be added before. */
export function toSrgb(v: number): number {
  const c = v < 0 ? 0 : v;
  // Highlights roll off instead of clipping: straight to 0.8, then bent towards 1.
  const soft = c < 0.8 ? c : 0.8 + 0.2 * (1 - Math.exp(-(c - 0.8) / 0.2));
  return 255 * (soft <= 0.0031308 ? soft * 12.92 : 1.055 * soft ** (1 / 2.4) - 0.055);
}
