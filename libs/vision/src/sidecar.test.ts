import { ChannelOrder, Layout } from '@fleetfit/protocol';
import { describe, expect, it } from 'vitest';
import { geometryOf, parseGeometry, parseSidecar, preparationOf } from './sidecar.ts';

const small = { geometry: { resize: 'squash', width: 28, height: 28 } } as const;

describe('a sidecar', () => {
  it('fills in what most models want', () => {
    const sidecar = parseSidecar(JSON.stringify(small));
    expect(preparationOf(sidecar, 'data')).toEqual({
      input: 'data',
      layout: Layout.LAYOUT_NCHW,
      order: ChannelOrder.CHANNEL_ORDER_RGB,
      scale: 1,
      mean: [0],
      std: [1],
    });
    expect(geometryOf(sidecar)).toEqual({ resize: 'squash', width: 28, height: 28, channels: 3 });
  });

  it('comes back the same from its own text', () => {
    const sidecar = parseSidecar({
      ...small,
      classes: ['a', 'b'],
      input: 'in',
      scale: 1 / 255,
      mean: [0.485, 0.456, 0.406],
      std: [0.229, 0.224, 0.225],
    });
    expect(parseSidecar(JSON.stringify(sidecar))).toEqual(sidecar);
    expect(preparationOf(sidecar, 'other').input).toBe('in');
    expect(parseGeometry(JSON.stringify(sidecar.geometry))).toEqual(sidecar.geometry);
  });

  it('describes a grey model', () => {
    const sidecar = parseSidecar({ geometry: { ...small.geometry, channels: 1 }, order: 'grey' });
    expect(preparationOf(sidecar).order).toBe(ChannelOrder.CHANNEL_ORDER_GREY);
  });

  it('names the field that is wrong', () => {
    expect(() => parseSidecar('{')).toThrow('Cannot read the sidecar: it is not JSON');
    expect(() => parseSidecar({ ...small, order: 'grey' })).toThrow(/order: order "grey" does not go with 3 channels/);
    expect(() => parseSidecar({ ...small, std: [1, 2] })).toThrow(/std: 2 numbers for 3 channels/);
    expect(() => parseSidecar(JSON.stringify({ ...small, maen: [1] }))).toThrow(/maen/);
    expect(() => parseSidecar('{"geometry":{"resize":"short-side-crop","width":2,"height":2}}')).toThrow(/geometry.shortSide/);
    expect(() => parseGeometry('{"resize":"short-side-crop","shortSide":8,"width":9,"height":2}')).toThrow(/shortSide: is smaller/);
  });
});
