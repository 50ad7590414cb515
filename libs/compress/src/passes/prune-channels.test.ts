import { constantOf, editModel, encodeModel, floatsOf, type Model, viewOf } from '@fleetfit/onnx';
import { describe, expect, it } from 'vitest';
import { costOfModel } from '../cost-of-model.ts';
import { clearnessOf, contextFor, NetWriter, smallNet, trying } from '../testing.ts';
import { foldBatchNorms } from './fold-batch-norm.ts';
import { pruneChannels } from './prune-channels.ts';

const { argsOf, apply } = trying(pruneChannels);
const pruned = async (...given: Parameters<typeof apply>): Promise<Model> => (await apply(...given)).model;

/** Two hidden layers whose channels depend on each other, as those of trained networks do. */
function redundantNet(): Model {
  const net = new NetWriter(11);
  const stem = net.node('Relu', [net.conv('image', { from: 3, to: 6, kernel: 3 })]);
  const wide = net.node('Relu', [net.conv(stem, { from: 6, to: 32, kernel: 1 })]);
  const deep = net.relu6(net.conv(wide, { from: 32, to: 32, kernel: 3, group: 32 }));
  const narrow = net.conv(deep, { from: 32, to: 6, kernel: 1 });
  const sum = net.node('Add', [narrow, stem]);
  const last = net.node('Relu', [net.conv(sum, { from: 6, to: 32, kernel: 3 })]);
  const flat = net.node('Flatten', [net.node('GlobalAveragePool', [last])]);
  return net.model(
    ['batch', 3, 16, 16],
    net.node('Gemm', [flat, net.constant('w', [32, 10], (normal) => normal * 0.3), net.constant('b', [10], () => 0)]),
  );
}

describe('prune-channels', () => {
  const model = redundantNet();

  it.each(['original', 'chained'])('removes the share that is asked for, and answers nearly the same: fit=%s', async (fit) => {
    const small = await pruned(model, `prune-channels{remove=0.3,round=4,fit=${fit}}`);
    const share = (costOfModel(small).macs ?? 0) / (costOfModel(model).macs ?? 1);
    expect(share).toBeLessThan(0.75);
    expect(share).toBeGreaterThan(0.55);
    expect(await clearnessOf(model, small)).toBeGreaterThan(15);
  });

  it('is better fitted than cut, by any criterion', async () => {
    const noises = new Map<string, number>();
    for (const criterion of ['hessian', 'activation', 'magnitude'])
      for (const refit of ['yes', 'no'])
        noises.set(
          `${criterion} ${refit}`,
          await clearnessOf(
            model,
            await pruned(model, `prune-channels{remove=0.4,round=4,spread=uniform,criterion=${criterion},refit=${refit}}`),
          ),
        );
    const at = (key: string): number => noises.get(key) ?? 0;
    for (const criterion of ['hessian', 'activation', 'magnitude'])
      expect(at(`${criterion} yes`), criterion).toBeGreaterThan(at(`${criterion} no`) + 2);
    expect(at('hessian yes')).toBeGreaterThanOrEqual(at('magnitude yes'));
  });

  it('would be noticed with a wrong formula: the same answers are lost when one fitted bias is left as it was', async () => {
    const small = await pruned(model, 'prune-channels{remove=0.3,round=4,spread=uniform}');
    const broken = editModel(small, (graph) => {
      const node = graph.nodes.find((each) => each.inputs[2]?.includes('refitted') && each.op === 'Conv');
      const bias = graph.constant(node?.inputs[2] ?? '');
      if (bias)
        graph.setConstant(
          constantOf(
            bias.name,
            bias.dims,
            floatsOf(bias).map((b) => b + 0.3),
          ),
        );
    });
    expect(await clearnessOf(model, broken)).toBeLessThan((await clearnessOf(model, small)) - 3);
  });

  it('keeps as many channels of one layer as are asked for', async () => {
    const small = await pruned(model, 'prune-channels{layer=conv_2,keep=20}');
    const [weight] = viewOf(small)
      .nodes.filter((node) => node.name === 'conv_2')
      .map((node) => viewOf(small).constant(node.inputs[1] ?? '')?.dims);
    expect(weight).toEqual([20, 6, 1, 1]);
  });

  it('gives the same bytes each time', async () => {
    const [a, b] = [await pruned(model, 'prune-channels{remove=0.3,round=4}'), await pruned(model, 'prune-channels{remove=0.3,round=4}')];
    expect(Buffer.from(encodeModel(a)).equals(Buffer.from(encodeModel(b)))).toBe(true);
  });

  it('chooses by the scales of batch norms where there are some', async () => {
    const normed = smallNet();
    const small = await pruned(normed, 'prune-channels{remove=0.2,round=4,criterion=bn-scale,spread=uniform}');
    expect(costOfModel(small).macs ?? 0).toBeLessThan(costOfModel(normed).macs ?? 0);
    const refusal = pruneChannels.requires(foldBatchNorms(normed).model, argsOf('prune-channels{round=4,criterion=bn-scale}'));
    expect(refusal?.why).toContain('criterion=bn-scale reads batch norms');
  });

  it('refuses in a sentence what it cannot do', async () => {
    const why = (recipe: string, of: Model = model): string => pruneChannels.requires(of, argsOf(recipe))?.why ?? '';
    expect(why('prune-channels{layer=none,keep=4}')).toBe('there is no layer "none" whose channels could be pruned');
    expect(why('prune-channels{layer=gemm_12,keep=4}')).toBe('gemm_12 keeps its channels, because "gemm_12" is an answer of the model');
    expect(why('prune-channels{layer=conv_2,keep=40}')).toBe('conv_2 has 32 channels that go in steps of 1: keep=40 is not possible');
    expect(why('prune-channels{remove=1.5}')).toBe('remove=1.5 is not between 0 and 1');
    expect(why('prune-channels{round=64}')).toContain('no layer has enough channels to keep a multiple of 64');
    const result = await pruneChannels.apply(model, argsOf('prune-channels{round=4}'), contextFor(model, { calibration: undefined }));
    expect(result).toEqual({ kind: 'refused', why: 'there are no calibration images to choose and fit channels with' });
  });

  it('needs no images for what needs none', async () => {
    const small = await pruned(model, 'prune-channels{remove=0.3,round=4,criterion=magnitude,spread=uniform,refit=no}', {
      calibration: undefined,
    });
    expect(costOfModel(small).macs ?? 0).toBeLessThan(0.8 * (costOfModel(model).macs ?? 0));
  });

  it('fits layers that read several pruned layers through a Concat', async () => {
    const net = new NetWriter(12);
    const stem = net.node('Relu', [net.conv('image', { from: 3, to: 8, kernel: 1 })]);
    const branches = [1, 3].map((kernel) => net.node('Relu', [net.conv(stem, { from: 8, to: 16, kernel })]));
    const joined = net.node('Concat', branches, { attributes: { axis: 1 } });
    const fire = net.model(['batch', 3, 16, 16], net.conv(joined, { from: 32, to: 8, kernel: 1 }));
    const small = await pruned(fire, 'prune-channels{remove=0.3,round=4,spread=error}');
    expect(await clearnessOf(fire, small)).toBeGreaterThan(15);
    expect(await clearnessOf(fire, await pruned(fire, 'prune-channels{remove=0.3,round=4,spread=error,refit=no}'))).toBeLessThan(
      (await clearnessOf(fire, small)) - 3,
    );
  });
});
