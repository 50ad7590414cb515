import { FleetError, isRefusal, refuse } from '@fleetfit/core';
import { editModel, encodeModel, type Pass } from '@fleetfit/onnx';
import { parseRecipe } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { applyRecipe } from './apply-recipe.ts';
import { describeRecipe } from './describe-recipe.ts';
import { compressionPasses } from './passes/index.ts';
import { answersOf, contextFor, images, smallNet } from './testing.ts';

const passes = compressionPasses;
const model = smallNet();

async function errorOf(run: Promise<unknown>): Promise<FleetError> {
  const thrown = await run.catch((error: unknown) => error);
  if (thrown instanceof FleetError) return thrown;
  throw new Error(`no FleetError: ${String(thrown)}`);
}

/** A pass that does what a test wants. */
const passThat = (apply: Pass['apply']): Pass => ({
  word: 'test-pass',
  about: '',
  parameters: [],
  sentence: () => 'Tested',
  knobs: () => [],
  requires: () => undefined,
  apply,
});

describe('applyRecipe', () => {
  it('gives the model back for the recipe of the original', async () => {
    const applied = await applyRecipe(model, [], { passes, context: contextFor(model) });
    expect(applied).toEqual({ kind: 'applied', model, history: [], origins: new Map() });
  });

  it('keeps a history of every step, with all arguments and changes', async () => {
    const applied = await applyRecipe(model, parseRecipe('fold-batch-norm | quantize{per=tensor}'), { passes, context: contextFor(model) });
    if (isRefusal(applied)) throw new Error(applied.why);
    expect(applied.history.map(({ step }) => step)).toEqual([
      { word: 'fold-batch-norm', args: {} },
      {
        word: 'quantize',
        args: {
          bits: 8,
          per: 'tensor',
          range: 'mse',
          percentile: 99.99,
          stem: 'int8',
          rounding: 'nearest',
          scale: 'mse',
          equalize: 0.5,
          skip: '',
          floor: 0,
          correct: 'bias',
        },
      },
    ]);
    expect(applied.history[0]?.changes[0]).toEqual({ kind: 'changed', layer: 'conv_0', what: 'norm_1 folded in' });
    expect(applied.history[1]?.changes).toContainEqual({ kind: 'changed', layer: 'conv_0', what: 'Conv computes in integers' });
  });

  it('says which passes there are when a word is unknown, before anything runs', async () => {
    const error = await errorOf(applyRecipe(model, parseRecipe('quantize | shrink'), { passes, context: contextFor(model) }));
    expect(error.code).toBe('invalid');
    expect(error.message).toBe('Cannot apply "shrink": there is no pass "shrink"');
    expect(error.next).toContain('fold-batch-norm');
  });

  it('says what an argument may be', async () => {
    const wrong = (recipe: string): Promise<FleetError> =>
      errorOf(applyRecipe(model, parseRecipe(recipe), { passes, context: contextFor(model) }));
    expect((await wrong('quantize{per=row}')).message).toBe(
      'Cannot apply "quantize{per=row}": "per" is "row", but must be one of channel, tensor',
    );
    expect((await wrong('quantize{size=8}')).message).toBe('Cannot apply "quantize{size=8}": "quantize" has no argument "size"');
  });

  it('turns the refusal of a pass into one that names the step', async () => {
    const context = contextFor(model);
    const refused = await applyRecipe(model, parseRecipe('test-pass'), { passes: [passThat(async () => refuse('it is Sunday'))], context });
    expect(refused).toEqual({ kind: 'refused', why: 'test-pass: it is Sunday' });
  });

  it('catches a pass that leaves a broken model', async () => {
    const breaks = passThat(async (before) => {
      const [first, ...rest] = before.graph.nodes;
      return { model: { ...before, graph: { ...before.graph, nodes: first ? rest : [] } }, changes: [], origins: new Map() };
    });
    const error = await errorOf(applyRecipe(model, parseRecipe('test-pass'), { passes: [breaks], context: contextFor(model) }));
    expect(error.message).toContain('conv_0');
  });

  it('composes the origins of passes that rename', async () => {
    const renames = passThat(async (before) => {
      const origins = new Map<string, string>();
      const renamed = editModel(before, (graph) => {
        for (const node of graph.nodes) {
          const id = graph.idOf(node);
          graph.replace(node, { ...node, name: `x_${id}` });
          origins.set(`x_${id}`, id);
        }
      });
      return { model: renamed, changes: [], origins };
    });
    const applied = await applyRecipe(model, parseRecipe('test-pass | test-pass'), { passes: [renames], context: contextFor(model) });
    if (isRefusal(applied)) throw new Error(applied.why);
    expect(applied.origins.get('x_x_conv_0')).toBe('conv_0');
    expect(applied.origins.size).toBe(model.graph.nodes.length);
  });

  it('splits the progress over the steps and never goes back', async () => {
    const seen: number[] = [];
    const context = contextFor(model, { progress: (done) => seen.push(done) });
    await applyRecipe(model, parseRecipe('fold-batch-norm | quantize'), { passes, context });
    expect(seen[0]).toBe(0);
    expect(seen).toContain(0.5);
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.length).toBeGreaterThan(10);
  });

  it('stops when it is cancelled in the middle of a calibration', async () => {
    const controller = new AbortController();
    let runs = 0;
    const progress = (done: number): void => {
      if (done > 0 && ++runs === 3) controller.abort();
    };
    const error = await errorOf(
      applyRecipe(model, parseRecipe('quantize'), { passes, context: contextFor(model, { progress, signal: controller.signal }) }),
    );
    expect(error.code).toBe('cancelled');
    expect(runs).toBe(3);
  });

  it('does not change the model it is given', async () => {
    const before = encodeModel(model);
    await applyRecipe(model, parseRecipe('quantize'), { passes, context: contextFor(model) });
    expect(encodeModel(model)).toEqual(before);
  });
});

describe('describeRecipe', () => {
  it('is one sentence', () => {
    expect(describeRecipe([], passes)).toBe('Original, 32-bit float');
    expect(describeRecipe(parseRecipe('fold-batch-norm | quantize{stem=float}'), passes)).toBe(
      'Batch normalization folded into the convolutions, then 8-bit weights and activations, weights per channel, least-error ranges, first layer in 32-bit float',
    );
  });

  it('gives later steps images of the size that an earlier step made', async () => {
    const model = smallNet();
    const applied = await applyRecipe(model, parseRecipe('resize-input{size=12} | quantize'), { passes, context: contextFor(model) });
    if (isRefusal(applied)) throw new Error(applied.why);
    expect((await answersOf(applied.model, images(1, { dims: [1, 3, 12, 12] })))[0]?.length).toBe(10);
  });
});
