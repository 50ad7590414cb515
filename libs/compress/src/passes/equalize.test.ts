import { isRefusal } from '@fleetfit/core';
import { constantOf, editModel, floatsOf, type Model, viewOf } from '@fleetfit/onnx';
import { parseRecipe } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { type Applied, applyRecipe } from '../apply-recipe.ts';
import { scaleGroups } from '../scale-groups.ts';
import { answersOf, calibrationOf, contextFor, images, largestDifference, NetWriter, signalToNoise, smallNet } from '../testing.ts';
import { compressionPasses } from './index.ts';

const all = images(16, { seed: 9 });

async function made(model: Model, recipe: string): Promise<Applied> {
  const context = contextFor(model, { calibration: calibrationOf('image', all) });
  const applied = await applyRecipe(model, parseRecipe(recipe), { passes: compressionPasses, context });
  if (isRefusal(applied)) throw new Error(applied.why);
  return applied;
}

/** Channels of very different sizes between two layers: what equalization is for. */
function unevenNet({ concat = false } = {}): Model {
  const net = new NetWriter(6);
  const uneven = (x: string, from: number): string => {
    const y = net.node('Relu', [net.conv(x, { from, to: 8, kernel: 3 })]);
    const weight = net.constants.findLast((each) => each.name.startsWith('w'));
    const at = net.constants.findIndex((each) => each === weight);
    if (weight)
      net.constants[at] = constantOf(
        weight.name,
        weight.dims,
        floatsOf(weight).map((w, i) => w * 4 ** -Math.floor(i / (9 * from))),
      );
    return y;
  };
  const first = uneven('image', 3);
  const hidden = concat ? net.node('Concat', [first, uneven('image', 3)], { attributes: { axis: 1 } }) : first;
  const last = net.node('Relu', [
    net.conv(net.node('MaxPool', [hidden], { attributes: { kernel_shape: [2, 2], strides: [2, 2] } }), {
      from: concat ? 16 : 8,
      to: 8,
      kernel: 1,
    }),
  ]);
  const weight = net.constants.findLast((each) => each.name.startsWith('w'));
  // The next layer looks at the small channels as much as at the large ones.
  const at = net.constants.findIndex((each) => each === weight);
  if (weight)
    net.constants[at] = constantOf(
      weight.name,
      weight.dims,
      floatsOf(weight).map((w, i) => w * 4 ** (i % 8)),
    );
  return net.model(['batch', 3, 16, 16], net.node('GlobalAveragePool', [last]));
}

describe('equalize', () => {
  it.each([
    ['relu6, a residual Add, poolings, a dense layer', smallNet()],
    ['uneven channels', unevenNet()],
    ['uneven channels that are concatenated', unevenNet({ concat: true })],
  ])('leaves the function as it was: %s', async (_, model) => {
    const { model: equal, history } = await made(model, 'equalize{strength=1}');
    expect(history[0]?.changes.length).toBeGreaterThan(0);
    const wanted = await answersOf(model, all);
    const size = Math.max(...wanted.flatMap((answer) => [...answer].map(Math.abs)));
    // A few float32 roundings; relu6 may clip what is larger than usual on single images.
    expect(largestDifference(wanted, await answersOf(equal, all)) / size).toBeLessThan(2e-2);
  });

  it.each([false, true])('makes 8 bits serve small channels (concatenated: %s)', async (concat) => {
    const model = unevenNet({ concat });
    const wanted = await answersOf(model, all);
    const noise = async (recipe: string): Promise<number> => signalToNoise(wanted, await answersOf((await made(model, recipe)).model, all));
    expect(await noise('quantize{equalize=1}')).toBeGreaterThan((await noise('quantize{equalize=0}')) + 6);
  });

  it('would be noticed if readers did not scale back', async () => {
    const model = unevenNet();
    const { model: equal } = await made(model, 'equalize{strength=1}');
    const untouched = viewOf(model).nodes.findLast((node) => node.op === 'Conv')?.inputs[1] ?? '';
    const before = viewOf(model).constant(untouched);
    const broken = editModel(equal, (graph) => {
      if (before) graph.setConstant(before);
    });
    expect(signalToNoise(await answersOf(model, all), await answersOf(broken, all))).toBeLessThan(10);
  });

  it('is refused without calibration images', async () => {
    const model = smallNet();
    const context = contextFor(model, { calibration: undefined });
    const refused = await applyRecipe(model, parseRecipe('equalize'), { passes: compressionPasses, context });
    expect(refused).toMatchObject({ kind: 'refused', why: expect.stringContaining('no calibration images') });
  });
});

describe('scaleGroups', () => {
  it('keeps together what an Add joins, and fixes inputs and answers', () => {
    const model = smallNet(1, { norms: false });
    const { ofValue, fixed } = scaleGroups(model);
    const graph = viewOf(model);
    const add = graph.nodes.find((node) => node.op === 'Add');
    const [one, two] = (add?.inputs ?? []).map((input) => ofValue.get(input));
    expect(one).toEqual(two);
    expect(one?.some((group) => fixed.has(group))).toBe(false);
    expect(ofValue.get('image')?.every((group) => fixed.has(group))).toBe(true);
    expect(ofValue.get(model.graph.outputs[0]?.name ?? '')?.every((group) => fixed.has(group))).toBe(true);
  });

  it('fixes what a Sigmoid reads', () => {
    const net = new NetWriter(3);
    const conv = net.conv('image', { from: 3, to: 4, kernel: 3 });
    const silu = net.node('Mul', [conv, net.node('Sigmoid', [conv])]);
    const { ofValue, fixed } = scaleGroups(net.model([1, 3, 8, 8], net.conv(silu, { from: 4, to: 4, kernel: 1 })));
    expect(ofValue.get(conv)?.every((group) => fixed.has(group))).toBe(true);
  });
});
