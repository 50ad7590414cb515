/** Bytes that anybody can make again, different for every seed. */
export function content(seed: number, length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + seed * 17 + (at >> 8)) & 255);
}

/** Blobs that the server of the suite has, by seed. */
export const LENGTHS: readonly number[] = [4_000, 4_000, 4_000, 4_000, 200_000, 0];
