import { createHash } from 'node:crypto';
import { type Sha256, sha256 } from '@fleetfit/core';
import { ChannelOrder, type ImagePack, Layout, type Preparation } from '@fleetfit/protocol';
import { describe, expect, it } from 'vitest';
import { makeCalibrationMemory } from './calibration-memory.ts';

const pixels = Uint8Array.of(1, 2, 3, 4);
const hash = sha256(createHash('sha256').update(pixels).digest('hex'));
const pack: ImagePack = { blob: { sha256: hash, bytes: 4 }, count: 4, height: 1, width: 1, channels: 1 };
const preparation: Preparation = {
  input: 'x',
  layout: Layout.LAYOUT_NCHW,
  order: ChannelOrder.CHANNEL_ORDER_GREY,
  scale: 1,
  mean: [0],
  std: [1],
};

function countingBlobs() {
  const asked: Sha256[] = [];
  const get = async (wanted: Sha256): Promise<Uint8Array> => {
    asked.push(wanted);
    return pixels;
  };
  return { asked, get, put: () => Promise.reject(new Error('nothing is stored here')) };
}

describe('calibration memory', () => {
  it('gives candidates of one sweep the same object, so that what was collected from it is found again', async () => {
    const memory = makeCalibrationMemory();
    const blobs = countingBlobs();
    const first = await memory.load([pack], preparation, blobs);
    expect(await memory.load([{ ...pack }], { ...preparation }, blobs)).toBe(first);
    expect(blobs.asked).toHaveLength(1);
  });

  it('does not take one preparation for another', async () => {
    const memory = makeCalibrationMemory();
    const blobs = countingBlobs();
    const first = await memory.load([pack], preparation, blobs);
    expect(await memory.load([pack], { ...preparation, scale: 2 }, blobs)).not.toBe(first);
  });

  it('reads again what could not be read', async () => {
    const memory = makeCalibrationMemory();
    const broken = { ...countingBlobs(), get: () => Promise.reject(new Error('the disk is away')) };
    await expect(memory.load([pack], preparation, broken)).rejects.toThrow('the disk is away');
    expect(await memory.load([pack], preparation, countingBlobs())).toMatchObject({ count: 4 });
  });
});
