import { readdirSync, readFileSync } from 'node:fs';
import { constantOf, decodeModel, editModel, floatsOf, type Model, verifyModel, viewOf } from '@fleetfit/onnx';
import { describe, expect, it } from 'vitest';
import { channelGroups, formatChannelGroups } from './channel-groups.ts';
import { simplifiedModel } from './passes/simplify.ts';
import { preparedForIntegers, whyNotPrepared } from './prepare-graph.ts';
import { removeChannels } from './remove-channels.ts';
import { answersOf, contextFor, images, lab, NetWriter, smallNet } from './testing.ts';

/** Every third unit of every group. */
function someUnits(model: Model): { readonly removed: ReadonlySet<number>; readonly channels: number } {
  const { groups } = channelGroups(model);
  const units = groups.flatMap((group) => group.units.filter((_, i) => i % 3 === 1));
  return { removed: new Set(units.map(({ set }) => set)), channels: units.reduce((sum, unit) => sum + unit.channels, 0) };
}

/** The model with zeros where layers read the channels named: what a right removal computes. */
function deafened(model: Model, removed: ReadonlySet<number>): Model {
  const { walk } = channelGroups(model);
  return editModel(model, (graph) => {
    for (const { constant, axis, ids, does } of walk.touches) {
      const weight = graph.constant(constant);
      if (does !== 'reads' || !weight) continue;
      const inner = weight.dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
      const size = weight.dims[axis] ?? 1;
      const values = floatsOf(weight).map((w, i) => (removed.has(walk.atoms.setOf(ids[Math.floor(i / inner) % size] ?? -1)) ? 0 : w));
      graph.setConstant(constantOf(constant, weight.dims, values));
    }
  });
}

/** Largest difference between the answers of pruned and deafened, as a share of the largest answer. */
async function damage(pruned: Model, deaf: Model, dims: readonly number[]): Promise<number> {
  const all = images(1, { dims });
  const [wanted] = await answersOf(deaf, all);
  const [got] = await answersOf(pruned, all);
  let [largest, wrong] = [0, 0];
  wanted?.forEach((value, i) => {
    largest = Math.max(largest, Math.abs(value));
    wrong = Math.max(wrong, Math.abs(value - (got?.[i] ?? Number.NaN)));
  });
  return got?.length === wanted?.length ? wrong / largest : Number.NaN;
}

describe('channelGroups', () => {
  it('joins branches of an Add, and takes depthwise convolutions along', () => {
    const model = preparedForIntegers(smallNet()).model;
    const { groups, kept } = channelGroups(model);
    expect(
      groups.map(({ name, makers, readers, followers, channels, kind }) => ({
        name,
        makers: makers.length,
        readers: readers.length,
        followers: followers.length,
        channels,
        kind,
      })),
    ).toEqual([
      { name: 'conv_0', makers: 2, readers: 2, followers: 1, channels: 8, kind: 'joined' },
      { name: 'conv_3', makers: 1, readers: 1, followers: 0, channels: 8, kind: 'hidden' },
      { name: 'conv_13', makers: 1, readers: 1, followers: 0, channels: 16, kind: 'hidden' },
    ]);
    expect(kept.map(({ channels, why }) => ({ channels, why }))).toEqual([{ channels: 10, why: '"gemm_19" is an answer of the model' }]);
  });

  it('says it in lines for people', () => {
    const text = formatChannelGroups(channelGroups(preparedForIntegers(smallNet()).model));
    expect(text).toContain('conv_3: 8 channels, read by conv_6');
    expect(text).toContain('gemm_19: 10 channels stay, because "gemm_19" is an answer of the model');
  });

  it('keeps what an operator without a rule reads, and names it', () => {
    const net = new NetWriter(1);
    const conv = net.conv('image', { from: 3, to: 8, kernel: 3 });
    const odd = net.node('LRN', [conv], { attributes: { size: 3 } });
    const model = net.model([1, 3, 8, 8], net.conv(odd, { from: 8, to: 4, kernel: 1 }));
    expect(channelGroups(model).kept[0]).toEqual({ layer: 'conv_0', channels: 8, why: 'LRN "lrn_1" may mix channels' });
  });

  it('refuses products of two activations by name', () => {
    const net = new NetWriter(1);
    const conv = net.conv('image', { from: 3, to: 8, kernel: 1 });
    const rows = net.node('Reshape', [conv, 'shape']);
    net.constants.push(constantOf('shape', [3], BigInt64Array.of(1n, 8n, -1n)));
    const scores = net.node('MatMul', [net.node('Transpose', [rows], { attributes: { perm: [0, 2, 1] } }), rows]);
    const { kept } = channelGroups(net.model([1, 3, 4, 4], scores));
    expect(kept[0]?.why).toBe(`MatMul "${scores}" multiplies two activations`);
  });
});

describe('removeChannels', () => {
  const nets: Readonly<Record<string, () => { readonly model: Model; readonly dims: readonly number[] }>> = {
    'a residual network': () => ({ model: preparedForIntegers(smallNet()).model, dims: [1, 3, 16, 16] }),
    'batch norms, Flatten of pixels before a dense layer': () => {
      const net = new NetWriter(2);
      const conv = net.norm(net.conv('image', { from: 3, to: 9, kernel: 3, stride: 2 }), 9);
      const flat = net.node('Flatten', [net.node('Relu', [conv])]);
      return {
        model: net.model([1, 3, 8, 8], net.node('Gemm', [flat, net.constant('w', [144, 5], (normal) => normal)])),
        dims: [1, 3, 8, 8],
      };
    },
    'Split, Concat in another order, Slice': () => {
      const net = new NetWriter(3);
      const conv = net.conv('image', { from: 3, to: 12, kernel: 3 });
      net.constants.push(constantOf('sizes', [2], BigInt64Array.of(4n, 8n)));
      net.nodes.push({ name: 'split', op: 'Split', inputs: [conv, 'sizes'], outputs: ['few', 'many'], attributes: { axis: 1 } });
      for (const [name, value] of [
        ['start', 2n],
        ['end', 7n],
        ['axis', 1n],
      ] as const)
        net.constants.push(constantOf(name, [1], BigInt64Array.of(value)));
      const some = net.node('Slice', ['many', 'start', 'end', 'axis']);
      const joined = net.node('Concat', ['many', some, 'few', 'image'], { attributes: { axis: 1 } });
      return { model: net.model([1, 3, 8, 8], net.conv(joined, { from: 20, to: 4, kernel: 1 })), dims: [1, 3, 8, 8] };
    },
    'a channel shuffle between grouped convolutions': () => {
      const net = new NetWriter(4);
      const first = net.conv('image', { from: 4, to: 24, kernel: 1, group: 2 });
      net.constants.push(
        constantOf('apart', [5], BigInt64Array.of(1n, 2n, 12n, 6n, 6n)),
        constantOf('back', [4], BigInt64Array.of(1n, 24n, 6n, 6n)),
      );
      const turned = net.node('Transpose', [net.node('Reshape', [first, 'apart'])], { attributes: { perm: [0, 2, 1, 3, 4] } });
      const second = net.conv(net.node('Reshape', [turned, 'back']), { from: 24, to: 8, kernel: 3, group: 2 });
      return { model: net.model([1, 4, 6, 6], second), dims: [1, 4, 6, 6] };
    },
    'Gather of channels, squeeze and excitation': () => {
      const net = new NetWriter(5);
      const conv = net.node('Relu', [net.conv('image', { from: 3, to: 8, kernel: 3 })]);
      const gate = net.node('Sigmoid', [net.conv(net.node('GlobalAveragePool', [conv]), { from: 8, to: 8, kernel: 1 })]);
      net.constants.push(constantOf('order', [8], BigInt64Array.of(7n, 1n, 6n, 0n, 5n, 2n, 3n, 4n)));
      const mixed = net.node('Gather', [net.node('Mul', [conv, gate]), 'order'], { attributes: { axis: 1 } });
      return { model: net.model([1, 3, 8, 8], net.conv(mixed, { from: 8, to: 3, kernel: 1 })), dims: [1, 3, 8, 8] };
    },
    'a transposed convolution, Resize to a stated size, PRelu': () => {
      const net = new NetWriter(6);
      const conv = net.node('PRelu', [
        net.conv('image', { from: 3, to: 6, kernel: 1 }),
        net.constant('slope', [6, 1, 1], (normal) => normal),
      ]);
      const grown = net.node('ConvTranspose', [conv, net.constant('up', [6, 9, 2, 2], (normal) => normal)], {
        attributes: { strides: [2, 2] },
      });
      net.constants.push(constantOf('to', [4], BigInt64Array.of(1n, 9n, 16n, 16n)), constantOf('none', [0], new Float32Array(0)));
      const resized = net.node('Resize', [grown, 'none', 'none', 'to']);
      return { model: net.model([1, 3, 4, 4], net.conv(resized, { from: 9, to: 2, kernel: 3 })), dims: [1, 3, 4, 4] };
    },
  };

  it.each(Object.keys(nets))('computes what the rest of the channels gives: %s', async (name) => {
    const { model, dims } = nets[name]?.() ?? { model: smallNet(), dims: [] };
    const { removed, channels } = someUnits(model);
    expect(channels).toBeGreaterThan(0);
    const pruned = removeChannels(model, channelGroups(model), removed);
    verifyModel(pruned);
    // The same sums in another order.
    expect(await damage(pruned, deafened(model, removed), dims)).toBeLessThan(1e-5);
    // And the removed channels did count.
    expect(await damage(pruned, model, dims)).toBeGreaterThan(1e-3);
  });

  it('would be noticed with one wrong column: the same test fails when other channels are deafened', async () => {
    const model = preparedForIntegers(smallNet()).model;
    const { groups } = channelGroups(model);
    const unit = (i: number): ReadonlySet<number> => new Set([groups[1]?.units[i]?.set ?? -1]);
    const pruned = removeChannels(model, channelGroups(model), unit(0));
    expect(await damage(pruned, deafened(model, unit(0)), [1, 3, 16, 16])).toBeLessThan(1e-5);
    expect(await damage(pruned, deafened(model, unit(1)), [1, 3, 16, 16])).toBeGreaterThan(1e-3);
  });

  const files = lab
    ? ['onnx-suite/light', 'models'].flatMap((path) =>
        readdirSync(`${lab}/data/${path}`)
          .filter(
            (file) =>
              file.endsWith('.onnx') &&
              /densenet|inception|shufflenet|blazeface|fastestdet|mobilenetv2|ppocr-cls|yolox|resnet20/.test(file),
          )
          .map((file) => `${path}/${file}`),
      )
    : [];
  it.skipIf(!lab).each(files)(
    'prunes a third of everything of %s, which still runs and computes what the rest gives (needs ../shared)',
    async (file) => {
      const read = decodeModel(new Uint8Array(readFileSync(`${lab}/data/${file}`)));
      const simple = withRandomWeights((await simplifiedModel(read, contextFor(read))).model, file.includes('light'));
      const model = whyNotPrepared(simple) ? simple : preparedForIntegers(simple).model;
      const { removed, channels } = someUnits(model);
      expect(channels).toBeGreaterThan(0);
      const pruned = removeChannels(model, channelGroups(model), removed);
      verifyModel(pruned);
      const view = viewOf(model);
      const input = model.graph.inputs.find(({ name }) => view.isInput(name));
      const dims = (input?.dims ?? []).map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : 96));
      // Float32 sums in another order, through up to 121 layers.
      expect(await damage(pruned, deafened(model, removed), dims)).toBeLessThan(1e-3);
    },
    60_000,
  );
});

/** Weights of the suite's networks are all alike, so that nothing could be told apart. */
function withRandomWeights(model: Model, wanted: boolean): Model {
  if (!wanted) return model;
  return editModel(model, (graph) => {
    for (const node of graph.nodes) {
      const weight = graph.constant(node.inputs[1] ?? '');
      if (!['Conv', 'Gemm', 'MatMul'].includes(node.op) || !weight) continue;
      const fanIn = weight.dims.slice(1).reduce((product, dim) => product * dim, 1);
      const spread = Math.sqrt(2 / fanIn);
      graph.setConstant(
        constantOf(
          weight.name,
          weight.dims,
          Float32Array.from(floatsOf(weight), (_, i) => spread * (((i * 7919) % 1009) / 300 - 1.68)),
        ),
      );
    }
  });
}
