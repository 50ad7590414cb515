import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DatasetView, EvaluationView, ImportState, ModelView } from '@fleetfit/api';
import { FleetError } from '@fleetfit/core';
import { sayBytes, sayCount, sayPercent } from '@fleetfit/sweep';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { asked } from './api-client.ts';
import { type CommandContext, run } from './command-context.ts';
import { whole } from './commands-up.ts';
import { table } from './paint.ts';

/** `model add|list|show` and `dataset add|list`. */
export function addLibraryCommands(program: Command): void {
  const model = program.command('model').description('Models that were brought in');
  model
    .command('add <file>')
    .description('Bring in an ONNX model; its sidecar FILE.fleetfit.json is read where it lies beside it')
    .option('--name <name>', 'default: the name of the file')
    .option('--sidecar <file>', 'how its images are prepared')
    .option('--dataset <id>', 'without a sidecar: labelled images on which the intake doctor finds out')
    .action((file: string, options: { name?: string; sidecar?: string; dataset?: string }, command: Command) =>
      run((context) => addModel(file, options, context), command),
    );
  model
    .command('list')
    .description('Every model')
    .action((_: unknown, command: Command) => run(listModels, command));
  model
    .command('show <id>')
    .description('What a model is: inputs, operators, preprocessing, what the doctor found')
    .action((id: string, _: unknown, command: Command) => run((context) => showModel(id, context), command));
  model
    .command('evaluate <id>')
    .description('How many images of a dataset the original has right')
    .requiredOption('--dataset <id>', 'labelled images')
    .addOption(
      new Option('--split <split>', 'which images').choices(['training', 'calibration', 'validation', 'test', 'all']).default('validation'),
    )
    .action((id: string, options: { dataset: string; split: Split }, command: Command) =>
      run((context) => evaluate(id, options, context), command),
    );
  const dataset = program.command('dataset').description('Labelled images');
  dataset
    .command('add <path>')
    .description('Bring in images: a folder with one folder a class, a folder with labels.csv, CIFAR binary or MNIST idx files')
    .option('--name <name>', 'default: the name of the folder')
    .addOption(new Option('--format <format>', 'how they lie there').choices(['auto', 'folder', 'csv', 'cifar', 'mnist']).default('auto'))
    .option('--seed <number>', 'of the split into training, calibration, validation and test', whole, 1)
    .addOption(
      new Option('--shares <shares>', 'of training, calibration, validation and test')
        .argParser(shares)
        .default([0.5, 0.1, 0.2, 0.2], '0.5,0.1,0.2,0.2'),
    )
    .action((path: string, options: NewDataset, command: Command) => run((context) => addDataset(path, options, context), command));
  dataset
    .command('list')
    .description('Every dataset')
    .action((_: unknown, command: Command) => run(listDatasets, command));
}

async function addModel(
  file: string,
  options: { name?: string; sidecar?: string; dataset?: string },
  context: CommandContext,
): Promise<void> {
  const { api, say, tell } = context;
  const added = await asked(
    api().models.add.mutate({
      path: resolve(file),
      name: options.name,
      sidecarPath: options.sidecar && resolve(options.sidecar),
      dataset: options.dataset,
    }),
  );
  const model = await imported(() => asked(api().models.show.query({ id: added.id })), context);
  tell(model);
  say(`${model.id}: ${sayBytes(model.bytes ?? 0)}, ${sayCount(model.parameters ?? 0)} parameters.`);
  for (const line of describePreparation(model)) say(line);
}

function describePreparation({ id, sidecar, findings, warnings }: ModelView): string[] {
  const [best] = findings;
  const found = best ? [`The intake doctor chose: ${best.what} (${sayPercent(best.accuracy)} of ${best.images} images).`] : [];
  const missing =
    sidecar === undefined
      ? [`Nobody has said how its images are prepared: add it again with --dataset NAME, or put ${id}.onnx.fleetfit.json beside it.`]
      : [];
  return [...found, ...warnings.map((each) => `! ${each}`), ...missing];
}

type Split = EvaluationView['split'];

async function evaluate(
  id: string,
  { dataset, split }: { dataset: string; split: Split },
  { api, say, tell, signal }: CommandContext,
): Promise<void> {
  const find = ({ evaluations }: { evaluations: readonly EvaluationView[] }) =>
    evaluations.find((each) => each.dataset === dataset && each.split === split);
  await asked(api().models.evaluate.mutate({ id, dataset, split }));
  for (;;) {
    const found = find(await asked(api().models.show.query({ id })));
    if (found?.why !== undefined) throw new FleetError('invalid', `Cannot evaluate ${id}: ${found.why}`);
    if (found) {
      tell(found);
      const percent = (right: number): string =>
        `${sayPercent(right / Math.max(1, found.images))} (${sayCount(right)} of ${sayCount(found.images)})`;
      return say(`${id} on ${dataset}, ${split}: top-1 ${percent(found.top1)}, top-5 ${percent(found.top5)}.`);
    }
    await sleep(300, undefined, { signal }).catch(() => {});
    if (signal.aborted) throw new FleetError('cancelled', 'Stopped waiting; the evaluation goes on');
  }
}

interface NewDataset {
  readonly name?: string;
  readonly format: string;
  readonly seed: number;
  readonly shares: number[];
}

function shares(text: string): number[] {
  const all = text.split(',').map(Number);
  if (all.length !== 4 || all.some((each) => !(each >= 0)))
    throw new InvalidArgumentError('Four numbers that sum to 1, such as 0.5,0.1,0.2,0.2.');
  return all;
}

async function addDataset(path: string, options: NewDataset, context: CommandContext): Promise<void> {
  const { api, say, tell } = context;
  const added = await asked(
    api().datasets.add.mutate({
      path: resolve(path),
      name: options.name,
      format: options.format,
      seed: options.seed,
      shares: options.shares,
    }),
  );
  const dataset = await imported(async () => {
    const found = (await asked(api().datasets.list.query())).find((each) => each.id === added.id);
    return found ?? added;
  }, context);
  tell(dataset);
  say(`${dataset.id}: ${sayCount(dataset.images)} images of ${sayCount(dataset.classes.length)} classes. ${sayDatasetSplits(dataset)}`);
}

function sayDatasetSplits({ splits }: DatasetView): string {
  if (!splits) return '';
  return `${sayCount(splits.training)} to train, ${sayCount(splits.calibration)} to calibrate, ${sayCount(splits.validation)} to validate, ${sayCount(splits.test)} to test once.`;
}

/** Waits for an import, saying how far it is. @throws FleetError with the reason when it fails */
export async function imported<View extends { readonly state: ImportState }>(
  look: () => Promise<View>,
  { json, signal }: CommandContext,
): Promise<View> {
  const shows = !json && process.stderr.isTTY;
  for (;;) {
    const view = await look();
    if (view.state.kind === 'ready') {
      if (shows) process.stderr.write('\r\x1b[K');
      return view;
    }
    if (view.state.kind === 'failed')
      throw new FleetError('invalid', view.state.why, view.state.next === '' ? {} : { next: view.state.next });
    if (shows) process.stderr.write(`\r\x1b[K${sayPercent(view.state.done, 0)} ${view.state.what}`);
    await sleep(200, undefined, { signal }).catch(() => {});
    if (signal.aborted) throw new FleetError('cancelled', 'Stopped waiting; the import goes on');
  }
}

async function listModels({ api, paint, say, tell }: CommandContext): Promise<void> {
  const models = await asked(api().models.list.query());
  tell(models);
  if (models.length === 0) return say('No model yet. Add one with: fleetfit model add FILE.onnx');
  const heads = ['model', 'state', 'size', 'parameters', 'preprocessing'].map((head) => paint.dim(head));
  const rows = models.map((each) => [
    paint.bold(each.id),
    sayState(each.state),
    each.bytes === undefined ? '' : sayBytes(each.bytes),
    each.parameters === undefined ? '' : sayCount(each.parameters),
    each.sidecar === undefined ? 'unknown' : 'known',
  ]);
  for (const line of table([heads, ...rows])) say(line);
}

async function showModel(id: string, { api, paint, say, tell }: CommandContext): Promise<void> {
  const model = await asked(api().models.show.query({ id }));
  tell(model);
  say(`${paint.bold(model.id)}  ${sayState(model.state)}`);
  if (model.bytes !== undefined) say(`  ${sayBytes(model.bytes)}, ${sayCount(model.parameters ?? 0)} parameters, opset ${model.opset}`);
  for (const [name, values] of [
    ['input', model.inputs],
    ['output', model.outputs],
  ] as const)
    for (const each of values) say(`  ${name} ${each.name}: ${each.type} ${each.dims.join(' × ')}`);
  if (model.operators.length > 0)
    say(
      `  ${model.operators
        .slice(0, 8)
        .map(({ op, count }) => `${count} ${op}`)
        .join(', ')}`,
    );
  if (model.sidecar !== undefined) say('  preprocessing');
  for (const line of table(fieldsOf(model.sidecar).map(([name, value]) => [paint.dim(name), value]))) say(`    ${line}`);
  for (const line of describePreparation(model)) say(`  ${line}`);
  for (const each of model.findings.slice(0, 8)) say(`    ${sayPercent(each.accuracy)}  ${each.what}`);
}

/** The fields of a sidecar, nested ones too, each with its value in words. */
function fieldsOf(value: unknown): (readonly [name: string, value: string])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, one]): (readonly [string, string])[] => {
    if (Array.isArray(one)) return [[name, one.length > 8 ? `${one.slice(0, 8).join(', ')}, … (${one.length})` : one.join(', ')]];
    if (typeof one === 'object' && one !== null) return fieldsOf(one);
    return [[name, typeof one === 'number' ? String(Number(one.toPrecision(4))) : String(one)]];
  });
}

async function listDatasets({ api, paint, say, tell }: CommandContext): Promise<void> {
  const datasets = await asked(api().datasets.list.query());
  tell(datasets);
  if (datasets.length === 0) return say('No dataset yet. Add one with: fleetfit dataset add FOLDER');
  const heads = ['dataset', 'state', 'images', 'classes', ''].map((head) => paint.dim(head));
  const rows = datasets.map((each) => [
    paint.bold(each.id),
    sayState(each.state),
    sayCount(each.images),
    sayCount(each.classes.length),
    sayDatasetSplits(each),
  ]);
  for (const line of table([heads, ...rows])) say(line);
}

const sayState = (state: ImportState): string =>
  state.kind === 'importing' ? `importing, ${sayPercent(state.done, 0)}` : state.kind === 'failed' ? `failed: ${state.why}` : 'ready';
