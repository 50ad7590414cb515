import { isRefusal } from '@fleetfit/core';
import { encodeModel } from '@fleetfit/onnx';
import { parseRecipe, pointsOf, recipeOf } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { applyRecipe } from './apply-recipe.ts';
import { costOfModel } from './cost-of-model.ts';
import { layerKnobs } from './layer-knobs.ts';
import { compressionPasses as passes } from './passes/index.ts';
import { sensitivityByLayer, sensitivityOfModel } from './sensitivity-of-model.ts';
import { spaceOfModel } from './space-of-model.ts';
import { calibrationOf, contextFor, images, lab, labModel, NetWriter } from './testing.ts';

function wideNet() {
  const net = new NetWriter(51);
  const first = net.node('Relu', [net.conv('image', { from: 3, to: 32, kernel: 3 })]);
  const second = net.node('Relu', [net.conv(first, { from: 32, to: 64, kernel: 1 })]);
  const flat = net.node('Flatten', [net.node('GlobalAveragePool', [net.conv(second, { from: 64, to: 32, kernel: 1 })])]);
  return net.model(
    ['batch', 3, 16, 16],
    net.node('Gemm', [flat, net.constant('w', [32, 10], (normal) => normal * 0.3), net.constant('b', [10], () => 0)]),
  );
}

describe('sensitivityOfModel', () => {
  it('says of every layer and option what it costs and saves', async () => {
    const model = wideNet();
    const context = { ...contextFor(model), calibration: calibrationOf('image', images(25)) };
    const report = await sensitivityOfModel(model, context);
    const of = (layer: string, option: string) => report.find((row) => row.layer === layer && row.option === option);
    expect(of('conv_2', 'weights-4')?.distance ?? 0).toBeGreaterThan(of('conv_2', 'weights-8')?.distance ?? 1);
    expect(of('conv_2', 'keep-48')?.distance ?? 1).toBeLessThanOrEqual(of('conv_2', 'keep-32')?.distance ?? 0);
    for (const row of report) {
      expect(row.distance).toBeGreaterThanOrEqual(0);
      expect(row.savesBytes).toBeGreaterThan(0);
    }
    expect([...sensitivityByLayer(report).keys()]).toEqual(['conv_0', 'conv_2', 'conv_4']);
    // What it says of a recipe is what the recipe does.
    const row = of('conv_2', 'keep-48');
    const applied = await applyRecipe(model, parseRecipe(row?.recipe ?? ''), { passes, context });
    if (isRefusal(applied)) throw new Error(applied.why);
    expect((costOfModel(model).macs ?? 0) - (costOfModel(applied.model).macs ?? 0)).toBe(row?.savesMacs);
  });
});

describe('layerKnobs', () => {
  it('has levels that apply, with exact multiply-accumulates and bytes', async () => {
    const model = wideNet();
    const knobs = layerKnobs(model, { sensitivities: new Map([['conv_2', 0.5]]) });
    expect(knobs.map(({ layer, role, neighbours, sensitivity }) => ({ layer, role, neighbours, sensitivity }))).toEqual([
      { layer: 'conv_0', role: 'stem', neighbours: ['conv_2'], sensitivity: undefined },
      { layer: 'conv_2', role: 'hidden', neighbours: ['conv_0', 'conv_4'], sensitivity: 0.5 },
      { layer: 'conv_4', role: 'head', neighbours: ['conv_2'], sensitivity: undefined },
    ]);
    for (const knob of knobs) {
      const [whole] = knob.levels;
      for (const level of knob.levels.slice(1)) {
        if (level.adds.kind !== 'steps') throw new Error('a step was expected');
        const applied = await applyRecipe(model, level.adds.steps, { passes, context: contextFor(model) });
        if (isRefusal(applied)) throw new Error(applied.why);
        const [before, after] = [costOfModel(model), costOfModel(applied.model)];
        expect((before.macs ?? 0) - (after.macs ?? 0), knob.name).toBe((whole?.macs ?? 0) - (level.macs ?? 0));
        // Gemm and Conv without bias would get one: these all have one.
        expect(before.bytes - after.bytes, knob.name).toBe((whole?.bytes ?? 0) - (level.bytes ?? 0));
      }
    }
  });

  it('stands before the knobs of the whole model in a space', () => {
    const model = wideNet();
    const space = spaceOfModel(model, passes, layerKnobs(model));
    const [first] = pointsOf(space);
    expect(recipeOf(space, first ?? {})).toEqual([]);
    expect(space.knobs[0]?.name).toBe('channels-conv_0');
    expect(encodeModel(model).length).toBe(space.knobs.find((knob) => knob.name === 'precision')?.levels[0]?.bytes);
  });

  it.skipIf(!lab)(
    'knows the layers of mobilenetv2 (needs ../shared)',
    () => {
      const knobs = layerKnobs(labModel('mobilenetv2-1.0.onnx'));
      expect(knobs.length).toBeGreaterThanOrEqual(17);
      expect(knobs.filter(({ role }) => role === 'expand').length).toBeGreaterThanOrEqual(16);
    },
    30_000,
  );
});
