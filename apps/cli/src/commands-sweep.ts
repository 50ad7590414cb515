import { readFile } from 'node:fs/promises';
import { FleetError, sweepId, toFleetError } from '@fleetfit/core';
import { SAMPLERS, type SweepDefinitionInput } from '@fleetfit/space';
import { type SweepView, sayClock } from '@fleetfit/sweep';
import { type Command, Option } from 'commander';
import { parse } from 'yaml';
import { asked } from './api-client.ts';
import { type CommandContext, run } from './command-context.ts';
import { number, whole } from './commands-up.ts';
import { followSweep } from './follow-sweep.ts';
import { table } from './paint.ts';
import { renderFront, renderResult } from './render-sweep.ts';

/** `sweep run|list|show|pause|resume|extend|cancel` and `front`. */
export function addSweepCommands(program: Command): void {
  const sweep = program.command('sweep').description('Searches for the best compressed version of a model');
  sweep
    .command('run [file]')
    .description('Start a sweep from a YAML or JSON file, from flags, or both (flags win), and watch it')
    .option('--model <id>', 'what is to be compressed: fleetfit model list')
    .option('--dataset <id>', 'labelled images: fleetfit dataset list')
    .option('--name <name>', 'for people; default MODEL on DATASET')
    .option('--classes <ids...>', 'device classes; default all with an active device')
    .addOption(new Option('--sampler <name>', 'who chooses recipes; default grid').choices(SAMPLERS))
    .option('--seed <number>', 'of the sampler; default 1', whole)
    .option('--candidates <count>', 'besides the original; default 24', whole)
    .option('--recipes <recipes...>', "try exactly these instead of a sampler's")
    .option('--images <count>', 'validation images a candidate is judged on; default 1000', whole)
    .option('--calibration-images <count>', 'images for calibration; default 100', whole)
    .option('--max-drop <points>', 'largest loss of top-1, in points; default 1', number)
    .option('--max-latency <ms>', 'largest p50', number)
    .option('--max-size <bytes>', 'largest file', whole)
    .option('--race', 'measure images share by share, and stop who surely loses too much accuracy')
    .option('--blocks <count>', 'timed blocks of a candidate; default 12', whole)
    .option('--block-ms <ms>', 'shortest block; default 150', whole)
    .option('--detach', 'start it and return')
    .action((file: string | undefined, options: RunOptions, command: Command) => run((context) => start(file, options, context), command));
  sweep
    .command('list')
    .description('Every sweep')
    .action((_: unknown, command: Command) => run(list, command));
  sweep
    .command('show <id>')
    .description('How a sweep stands')
    .option('--watch', 'until it is over')
    .action((id: string, options: { watch?: boolean }, command: Command) => run((context) => show(id, options, context), command));
  for (const verb of ['pause', 'resume', 'cancel'] as const) {
    sweep
      .command(`${verb} <id>`)
      .description(
        { pause: 'Ask for and hand out nothing more until it is resumed', resume: 'Go on', cancel: 'End it; what is measured stays' }[verb],
      )
      .action((id: string, _: unknown, command: Command) =>
        run(async ({ api, say, tell }) => {
          await asked(api().sweeps[verb].mutate({ id }));
          say(`${id}: ${{ pause: 'paused', resume: 'goes on', cancel: 'cancelled' }[verb]}.`);
          tell({ id, done: verb });
        }, command),
      );
  }
  sweep
    .command('extend <id>')
    .description('Add candidates to its budget')
    .requiredOption('--by <count>', 'how many', whole)
    .action((id: string, { by }: { by: number }, command: Command) =>
      run(async ({ api, say, tell }) => {
        await asked(api().sweeps.extend.mutate({ id, by }));
        say(`${id}: ${by} more ${by === 1 ? 'candidate' : 'candidates'}.`);
        tell({ id, by });
      }, command),
    );
  program
    .command('front <id>')
    .description('The candidates of a sweep that no other beats, for every device class')
    .action((id: string, _: unknown, command: Command) => run((context) => front(id, context), command));
}

interface RunOptions {
  readonly model?: string;
  readonly dataset?: string;
  readonly name?: string;
  readonly classes?: string[];
  readonly sampler?: (typeof SAMPLERS)[number];
  readonly seed?: number;
  readonly candidates?: number;
  readonly recipes?: string[];
  readonly images?: number;
  readonly calibrationImages?: number;
  readonly race?: boolean;
  readonly maxDrop?: number;
  readonly maxLatency?: number;
  readonly maxSize?: number;
  readonly blocks?: number;
  readonly blockMs?: number;
  readonly detach?: boolean;
}

/** The same definition that files hold, made of flags. */
export function definitionOf(options: RunOptions, file: Partial<SweepDefinitionInput> = {}): SweepDefinitionInput {
  const { detach: _, maxDrop, maxLatency, maxSize, blocks, blockMs, ...plain } = options;
  const constraints = { ...file.constraints, ...given({ accuracyDropPoints: maxDrop, latencyMs: maxLatency, sizeBytes: maxSize }) };
  const measure = { ...file.measure, ...given({ blocks, blockMs }) };
  const definition = {
    ...file,
    ...given(plain),
    ...(Object.keys(constraints).length > 0 && { constraints }),
    ...(Object.keys(measure).length > 0 && { measure }),
  };
  const { model, dataset } = definition;
  if (model === undefined || dataset === undefined) {
    throw new FleetError('invalid', `Cannot start a sweep: it needs a ${model === undefined ? 'model' : 'dataset'}`, {
      next: 'fleetfit sweep run --model ID --dataset ID',
    });
  }
  return { ...definition, model, dataset };
}

function given<Fields extends object>(fields: Fields): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Fields]?: Exclude<Fields[Key], undefined>;
  };
}

async function start(file: string | undefined, options: RunOptions, context: CommandContext): Promise<void> {
  const { api, tell } = context;
  const definition = definitionOf(options, file === undefined ? {} : await readDefinition(file));
  const started = await asked(api().sweeps.start.mutate(definition));
  sayHead(started, context);
  if (options.detach) {
    context.say(`Watch it with: fleetfit sweep show ${started.id} --watch`);
    return tell(started);
  }
  finish(await followSweep(api(), started.id, { ...context, quiet: context.json }), context);
}

function sayHead({ id, name, goal }: SweepView, { say, paint, address }: CommandContext): void {
  say(`${paint.bold(name)}   ${id}   ${paint.accent(`${address()}/sweep?id=${id}`)}`);
  say(`  ${goal}`);
  say('');
}

async function readDefinition(file: string): Promise<Partial<SweepDefinitionInput>> {
  try {
    const value: unknown = parse(await readFile(file, 'utf8'));
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new FleetError('invalid', `Cannot read the sweep in ${file}: it is not a set of fields`);
    return value;
  } catch (thrown) {
    if (thrown instanceof FleetError) throw thrown;
    throw new FleetError('invalid', `Cannot read the sweep in ${file}: ${toFleetError(thrown, '').message}`, { cause: thrown });
  }
}

function finish(view: SweepView, { paint, say, tell, width }: CommandContext): void {
  tell(view);
  for (const line of renderFront(view, { paint, width })) say(line);
  for (const line of renderResult(view, { paint, width })) say(line);
  if (view.state === 'done') say(`  ${paint.dim('Next:')} ${paint.bold(`fleetfit export ${view.id} --out out/`)}`);
  if (view.state === 'failed') process.exitCode = 1;
}

async function show(id: string, { watch }: { watch?: boolean }, context: CommandContext): Promise<void> {
  const { api } = context;
  if (!context.json) sayHead(await asked(api().sweeps.show.query({ id })), context);
  finish(
    watch ? await followSweep(api(), sweepId(id), { ...context, quiet: context.json }) : await asked(api().sweeps.show.query({ id })),
    context,
  );
}

async function front(id: string, { api, paint, say, tell, width }: CommandContext): Promise<void> {
  const view = await asked(api().sweeps.show.query({ id }));
  tell(
    view.classes.map((each) => ({
      class: each.id,
      label: each.label,
      best: each.best?.candidate,
      front: each.front.map((one) => view.candidates.find((candidate) => candidate.id === one)),
    })),
  );
  for (const line of renderFront(view, { paint, width })) say(line);
}

async function list({ api, paint, say, tell }: CommandContext): Promise<void> {
  const sweeps = await asked(api().sweeps.list.query());
  tell(sweeps);
  if (sweeps.length === 0) return say('No sweep yet. Start one with: fleetfit sweep run --model ID --dataset ID');
  const heads = ['sweep', 'name', 'state', 'done', 'started'].map((head) => paint.dim(head));
  for (const line of table([
    heads,
    ...sweeps.map((each) => [paint.bold(each.id), each.name, each.state, `${each.done} of ${each.total}`, sayClock(each.startedAt)]),
  ]))
    say(line);
}
