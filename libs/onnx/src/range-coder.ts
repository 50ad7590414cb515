/**
 * Adaptive binary range coding (Martin 1979; the carry handling is that of LZMA). A byte is coded as eight bits, each with a chance
 * learned from the bytes before it, so no table travels with the data.
 */

/** Chances of the bits of a byte, given the bits before them: a tree of 255 nodes. Encoder and decoder learn the same. */
export class ByteModel {
  /** Chance of a 0 of every node, in 65536ths. */
  readonly #zeros = new Uint16Array(256).fill(32_768);
  readonly #seen = new Uint8Array(256);

  chance(node: number): number {
    return this.#zeros[node] ?? 32_768;
  }

  learn(node: number, bit: number): void {
    const before = this.chance(node);
    const seen = this.#seen[node] ?? 0;
    const after = before + Math.trunc(((bit === 0 ? 65_536 : 0) - before) / (seen + 2));
    this.#zeros[node] = Math.min(65_504, Math.max(32, after));
    if (seen < MEMORY) this.#seen[node] = seen + 1;
  }
}

/** How many bits a chance remembers at most: higher is finer, lower follows change faster. */
const MEMORY = 250;
const TOP = 2 ** 32;
const BOTTOM = 2 ** 24;

/** Writes bytes; `finish` once, at the end. */
export class RangeEncoder {
  readonly #out: number[] = [];
  #low = 0;
  #range = TOP - 1;
  #held = 0;
  /** Bytes that a carry may still change: `held`, then 255s. */
  #pending = 1;

  byte(value: number, model: ByteModel): void {
    let node = 1;
    for (let shift = 7; shift >= 0; shift--) {
      const bit = (value >>> shift) & 1;
      this.#bit(bit, model.chance(node));
      model.learn(node, bit);
      node = node * 2 + bit;
    }
  }

  finish(): Uint8Array {
    for (let i = 0; i < 5; i++) this.#shift();
    return Uint8Array.from(this.#out);
  }

  #bit(bit: number, zero: number): void {
    const bound = Math.floor(this.#range / 65_536) * zero;
    if (bit === 0) this.#range = bound;
    else {
      this.#low += bound;
      this.#range -= bound;
    }
    while (this.#range < BOTTOM) {
      this.#range *= 256;
      this.#shift();
    }
  }

  #shift(): void {
    if (this.#low < TOP - BOTTOM || this.#low >= TOP) {
      const carry = this.#low >= TOP ? 1 : 0;
      for (let byte = this.#held; this.#pending > 0; this.#pending--, byte = 255) this.#out.push((byte + carry) & 255);
      this.#held = Math.floor(this.#low / BOTTOM) & 255;
    }
    this.#pending++;
    this.#low = (this.#low % BOTTOM) * 256;
  }
}

/** Reads what a {@link RangeEncoder} wrote, byte by byte with the same models. Behind the end it reads zeros. */
export class RangeDecoder {
  readonly #bytes: Uint8Array;
  #at = 1;
  #range = TOP - 1;
  #code = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    for (let i = 0; i < 4; i++) this.#code = this.#code * 256 + this.#next();
  }

  byte(model: ByteModel): number {
    let node = 1;
    while (node < 256) {
      const bit = this.#bit(model.chance(node));
      model.learn(node, bit);
      node = node * 2 + bit;
    }
    return node - 256;
  }

  #bit(zero: number): number {
    const bound = Math.floor(this.#range / 65_536) * zero;
    const bit = this.#code < bound ? 0 : 1;
    if (bit === 0) this.#range = bound;
    else {
      this.#code -= bound;
      this.#range -= bound;
    }
    while (this.#range < BOTTOM) {
      this.#range *= 256;
      this.#code = this.#code * 256 + this.#next();
    }
    return bit;
  }

  #next(): number {
    return this.#bytes[this.#at++] ?? 0;
  }
}
