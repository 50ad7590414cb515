import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { zipOf } from './zip-file.ts';

it('writes an archive whose directory leads to every file, whole', () => {
  const files = [
    { name: 'c034.onnx', bytes: Buffer.from('weights') },
    { name: 'fleetfit.json', bytes: Buffer.from('{}') },
  ];
  const zip = zipOf(files);
  const end = zip.length - 22;
  expect(zip.readUInt32LE(end)).toBe(0x06054b50);
  expect(zip.readUInt16LE(end + 10)).toBe(2);
  let at = zip.readUInt32LE(end + 16);
  for (const { name, bytes } of files) {
    expect(zip.readUInt32LE(at)).toBe(0x02014b50);
    const length = zip.readUInt16LE(at + 28);
    expect(zip.toString('utf8', at + 46, at + 46 + length)).toBe(name);
    const local = zip.readUInt32LE(at + 42);
    expect(zip.readUInt32LE(local)).toBe(0x04034b50);
    expect(zip.readUInt32LE(local + 14)).toBe(crc32(bytes));
    const from = local + 30 + length;
    expect(zip.subarray(from, from + zip.readUInt32LE(local + 22))).toEqual(bytes);
    at += 46 + length;
  }
  expect(at).toBe(end);
});
