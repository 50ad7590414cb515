import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asked } from '@fleetfit/cli';
import { isInside, joinByLink, openPhones } from '@fleetfit/e2e/phones';
import { startTestFleet, type TestFleet, until } from '@fleetfit/e2e/test-fleet';
import { findLab } from '@fleetfit/host/testing';
import type { SweepView } from '@fleetfit/sweep';
import { atLeast, atMost, type Bench, type Check, type Field, type Row, type RowContext } from './bench.ts';
import { labModel } from './compress/lab-models.ts';

const ROW = 'mobilenetv2 int8 on a camera and a phone';

/**
 * The whole product on one network: a camera agent and a phone agent, a sweep of the original and int8, and what is recommended for each.
 * The same file is faster than fp32 in one runtime and slower in the other.
 */
export const bench: Bench = {
  about: 'mobilenetv2 as int8 beside fp32, in node and in the wasm of a browser, through a real sweep, and what the sweep recommends',
  rows: [{ name: ROW, measure }],
  checks: (rows) => [
    atLeast(rows, { name: 'int8 in node', row: ROW, field: 'node_times', unit: 'times as fast as fp32' }, 1.4),
    atMost(rows, { name: 'int8 in wasm', row: ROW, field: 'wasm_times', unit: 'times as fast as fp32' }, 1),
    recommends(rows, 'node', 'int8'),
    recommends(rows, 'wasm', 'the original'),
  ],
};

/** That the fastest of a class, accuracy aside, is what the sweep found to be the fastest there. */
function recommends(rows: ReadonlyMap<string, Row>, where: 'node' | 'wasm', what: string): Check {
  const best = rows.get(ROW)?.fields[`${where}_best`];
  const check = {
    name: `recommended in ${where}`,
    unit: String(best ?? ''),
    target: what,
    value: best === undefined ? null : Number(best === what),
  };
  return best === undefined
    ? { ...check, holds: 'not judged', reason: `row "${ROW}" was not measured` }
    : { ...check, holds: best === what };
}

async function measure({ quick, say }: RowContext): Promise<Record<string, Field>> {
  const lab = findLab('bench phone', ['data/models', 'data/imagenet500']);
  if (lab === undefined) throw new Error('the folder ../shared with real models and images is not there (FLEETFIT_LAB names another)');
  const [fleet, browser] = await Promise.all([startTestFleet({ agents: [1] }), openPhones()]);
  try {
    await isInside(await joinByLink(fleet, browser, { name: 'phone', query: 'threads=1' }));
    await bringIn(fleet, join(lab, 'data'), say);
    const view = await sweep(fleet, quick, say);
    return figuresOf(view, say);
  } finally {
    await browser.close();
    await fleet.close();
  }
}

async function bringIn({ api, folder }: TestFleet, data: string, say: RowContext['say']): Promise<void> {
  await asked(api.datasets.add.mutate({ path: join(data, 'imagenet500'), name: 'pictures' }));
  // With its sidecar beside it, the intake doctor has nothing to find out.
  const model = join(folder, 'mobilenetv2-1.0.onnx');
  await copyFile(join(data, 'models/mobilenetv2-1.0.onnx'), model);
  await writeFile(`${model}.fleetfit.json`, JSON.stringify(labModel('mobilenetv2-1.0').sidecar));
  await asked(api.models.add.mutate({ path: model, name: 'net', dataset: 'pictures' }));
  await until(
    'the imports',
    async () => {
      const [dataset] = await asked(api.datasets.list.query());
      const [model] = await asked(api.models.list.query());
      for (const state of [dataset?.state, model?.state]) if (state?.kind === 'failed') throw new Error(state.why);
      return dataset?.state.kind === 'ready' && model?.state.kind === 'ready';
    },
    600_000,
  );
  say('model and pictures are there');
}

async function sweep({ api }: TestFleet, quick: boolean, say: RowContext['say']): Promise<SweepView> {
  const { id } = await asked(
    api.sweeps.start.mutate({
      model: 'net',
      dataset: 'pictures',
      // Seven bits of eight: kernels of CPUs without VNNI add up in 16 bits, and eight would overflow there.
      recipes: ['quantize{bits=7}'],
      images: quick ? 60 : 300,
      calibrationImages: 32,
      constraints: { accuracyDropPoints: 10 },
      measure: { blocks: quick ? 6 : 12, blockMs: 400, warmUpMs: 1_000 },
    }),
  );
  let view: SweepView | undefined;
  let said = '';
  await until(
    `sweep ${id}`,
    async () => {
      view = await asked(api.sweeps.show.query({ id }));
      const now = `${view.progress.measured} of ${view.progress.total} measured, ${view.state}`;
      if (now !== said) say(now);
      said = now;
      return ['done', 'failed', 'cancelled'].includes(view.state);
    },
    1_200_000,
  );
  if (view?.state !== 'done') throw new Error(`the sweep ended as ${view?.state ?? 'nothing'}`);
  return view;
}

function figuresOf(view: SweepView, say: RowContext['say']): Record<string, Field> {
  return { ...figuresOn(view, { key: 'node', runtime: 'node cpu' }, say), ...figuresOn(view, { key: 'wasm', runtime: 'web wasm' }, say) };
}

interface Where {
  readonly key: 'node' | 'wasm';
  /** As the label of its class has it. */
  readonly runtime: string;
}

function figuresOn(view: SweepView, { key, runtime }: Where, say: RowContext['say']): Record<string, Field> {
  const of = view.classes.find(({ label }) => label.includes(runtime));
  const on = (candidate: string) => view.candidates.find(({ id }) => id === candidate)?.classes.find(({ id }) => id === of?.id);
  const [original, int8] = [on('c000'), on('c001')];
  if (!of || !original?.latencyMs || !original.accuracy || !int8?.latencyMs || !int8.accuracy || !int8.speed)
    throw new Error(`the class of ${runtime} has no figures`);
  say(`${of.label}: ${of.best?.sentence ?? 'nothing is recommended'}`);
  return {
    [`${key}_times`]: int8.speed.value,
    [`${key}_times_low`]: int8.speed.low,
    [`${key}_times_high`]: int8.speed.high,
    [`${key}_ms`]: int8.latencyMs.value,
    [`${key}_accuracy`]: int8.accuracy.value,
    [`${key}_original_ms`]: original.latencyMs.value,
    [`${key}_original_accuracy`]: original.accuracy.value,
    [`${key}_best`]: NAMES[of.best?.candidate ?? ''] ?? 'nothing',
  };
}

const NAMES: Readonly<Record<string, string>> = { c000: 'the original', c001: 'int8' };
