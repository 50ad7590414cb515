import { type AppliedStep, applyRecipe, describeRecipe, explainSpeed, layerFacts } from '@fleetfit/compress';
import { isRefusal, type Refusal, seededRng } from '@fleetfit/core';
import { hostFacts } from '@fleetfit/host';
import type { Compress, Compressed } from '@fleetfit/protocol';
import { formatRecipe, parseRecipe } from '@fleetfit/space';
import { loadFiles, modelOf, storeModel } from './model-blobs.ts';
import type { WorkContext } from './work-context.ts';

/**
 * Applies a recipe to a model and stores what comes out, after the runtime has opened it once.
 * @throws FleetError `invalid` for a recipe that cannot be read, `unsupported` when the runtime refuses the result, `bug`
 */
export async function compress(task: Compress, context: WorkContext): Promise<Compressed | Refusal> {
  const { passes, runtime, signal, blobs } = context;
  const threads = task.threads || context.threads;
  const recipe = parseRecipe(task.recipe);
  const original = modelOf(await loadFiles(task.original, blobs));
  const calibration = await context.calibrations.load(task.calibration, task.preparation, blobs);
  const rng = seededRng(task.recipe);
  const applied = await applyRecipe(original, recipe, {
    passes,
    context: { runtime, threads, calibration, original, rng, signal, progress: (done, what) => context.progress(done * 0.9, what) },
  });
  if (isRefusal(applied)) return applied;
  context.progress(0.9, 'storing what came out');
  const { graph, tensors, bytes } = await storeModel(applied.model, blobs);
  await openOnce({ graph, tensors }, threads, context);
  const slowedBy = await explainSpeed(applied.model, { runtime, options: { provider: 'cpu', threads } });
  return {
    artifact: { graph, tensors },
    historyJson: JSON.stringify(historyOf(applied.history)),
    sentence: describeRecipe(recipe, passes),
    bytes,
    conditionsJson: JSON.stringify({ ...conditions(context, threads), slowedBy }),
    layersJson: JSON.stringify(layerFacts(applied.model).map((layer) => ({ ...layer, origin: applied.origins.get(layer.id) ?? layer.id }))),
  };
}

/** One line for each thing that a pass did or would not do. */
function historyOf(steps: readonly AppliedStep[]) {
  return steps.flatMap(({ step, changes }) =>
    changes.map((change) => {
      const { kind, layer } = change;
      return { kind, layer, what: change.kind === 'changed' ? change.what : change.why, step: formatRecipe([step]) };
    }),
  );
}

/** Whoever measures it must not be the first to learn that the runtime refuses it. */
async function openOnce(artifact: Compress['original'], threads: number, { runtime, blobs, signal }: WorkContext): Promise<void> {
  const files = await loadFiles(artifact, blobs);
  const session = await runtime.open(files, { provider: 'cpu', threads, optimization: 'all', signal });
  await session.close();
}

/** What equal hashes depend on: calibration runs on this machine, and kernels round as its CPU does. */
function conditions({ runtime }: WorkContext, threads: number) {
  const facts = hostFacts();
  return {
    runtime: runtime.facts.name,
    version: runtime.facts.version,
    cpu: facts.cpu,
    features: facts.features,
    arch: facts.arch,
    threads,
  };
}
