import { describe, expect, it } from 'vitest';
import { type Constant, constantOf, floatsOf, intsOf, rawConstant } from './index.ts';

const raw = (type: Constant['type'], dims: readonly number[], bytes: readonly number[]): Constant =>
  rawConstant({ name: 'c', type, dims, bytes: Uint8Array.from(bytes) });

describe('constants', () => {
  it('gives back numbers of every type that holds them', () => {
    expect([...floatsOf(constantOf('c', [2], Float32Array.of(1.5, -2)))]).toEqual([1.5, -2]);
    expect([...floatsOf(constantOf('c', [1], Float64Array.of(0.25)))]).toEqual([0.25]);
    expect([...floatsOf(constantOf('c', [1], Uint16Array.of(0x3c00)))]).toEqual([1]);
    expect([...floatsOf(raw('bfloat16', [1], [0xc0, 0x3f]))]).toEqual([1.5]);
    expect(intsOf(constantOf('c', [2], Int8Array.of(-128, 127)))).toEqual([-128, 127]);
    expect(intsOf(constantOf('c', [1], Uint8Array.of(255)))).toEqual([255]);
    expect(intsOf(constantOf('c', [1], Int16Array.of(-300)))).toEqual([-300]);
    expect(intsOf(raw('uint16', [1], [0xff, 0xff]))).toEqual([65535]);
    expect(intsOf(constantOf('c', [1], Int32Array.of(-70000)))).toEqual([-70000]);
    expect(intsOf(constantOf('c', [1], Uint32Array.of(4294967295)))).toEqual([4294967295]);
    expect(intsOf(constantOf('c', [1], BigInt64Array.of(-1n)))).toEqual([-1]);
    expect(intsOf(constantOf('c', [1], BigUint64Array.of(9n)))).toEqual([9]);
    expect(intsOf(raw('int4', [3], [0xf1, 0x07]))).toEqual([1, -1, 7]);
    expect(intsOf(raw('uint4', [3], [0xf1, 0x07]))).toEqual([1, 15, 7]);
    expect([...floatsOf(raw('bool', [2], [1, 0]))]).toEqual([1, 0]);
  });

  it('reads weights that lie unaligned in the file', () => {
    const file = new Uint8Array(9);
    file.set(new Uint8Array(Float32Array.of(3.5, -1).buffer), 1);
    const constant = rawConstant({ name: 'c', type: 'float32', dims: [2], bytes: file.subarray(1) });
    expect([...floatsOf(constant)]).toEqual([3.5, -1]);
  });

  it('gives an aligned view of float32 without a copy', () => {
    const values = Float32Array.of(1, 2, 3, 4);
    expect(floatsOf(constantOf('c', [2, 2], values)).buffer).toBe(values.buffer);
  });

  it('refuses what is not there', () => {
    expect(() => constantOf('c', [3], Float32Array.of(1))).toThrow('Cannot make constant "c": float32[3] takes 12 bytes, 4 were given');
    expect(() => intsOf(constantOf('c', [1], BigInt64Array.of(2n ** 60n)))).toThrow('numbers above 2^53');
    const cut: Constant = { ...constantOf('c', [2], Float32Array.of(1, 2)), dims: [3] };
    expect(() => floatsOf(cut)).toThrow('float32[3] takes 12 bytes, the file has 8');
    const elsewhere: Constant = { ...cut, data: { kind: 'external', location: 'w.bin', offset: 0, length: 8 } };
    expect(() => floatsOf(elsewhere)).toThrow('it lies in another file, "w.bin"');
    expect(() => intsOf(constantOf('c', [1], Float32Array.of(1)))).toThrow('its type is float32');
  });
});
