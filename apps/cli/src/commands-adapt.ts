import type { ModelView } from '@fleetfit/api';
import { FleetError } from '@fleetfit/core';
import { type AdaptSettingsInput, adaptSettings } from '@fleetfit/space';
import { sayPercent } from '@fleetfit/sweep';
import type { Command } from 'commander';
import { asked } from './api-client.ts';
import { type CommandContext, run } from './command-context.ts';
import { imported } from './commands-library.ts';
import { number, whole } from './commands-up.ts';
import { table } from './paint.ts';

interface AdaptOptions extends AdaptSettingsInput {
  readonly dataset: string;
  readonly name?: string;
}

/** `adapt`: transfer learning as one command. */
export function addAdaptCommand(program: Command): void {
  const usual = adaptSettings.parse({});
  program
    .command('adapt <model>')
    .description('Train a copy of a model on the classes of a dataset: a new head, and the last layers with it')
    .requiredOption('--dataset <id>', 'labelled images; its training split is learnt, its validation split judges')
    .option('--name <name>', 'of the new model')
    .option('--epochs <count>', 'times that every image is seen, at most', whole, usual.epochs)
    .option('--rate <number>', 'highest learning rate, of AdamW', number, usual.rate)
    .option('--batch <count>', 'images in a step', whole, usual.batch)
    .option('--weight-decay <number>', 'pulls weights towards 0', number, usual.weightDecay)
    .option('--unfrozen <share>', 'of the layers, from the end, that are trained beside the head: 0 to 1', number, usual.unfrozen)
    .option('--hidden <width>', 'of a hidden layer of the new head; 0 for none', whole, usual.hidden)
    .option('--smoothing <share>', 'of a label that goes to all classes alike', number, usual.smoothing)
    .option('--mixup', 'mix half of the batches in pairs')
    .option('--no-flip', 'do not mirror images')
    .option('--shift <share>', 'move images by up to this share of their side', number, usual.shift)
    .option('--jitter <share>', 'change brightness and contrast by up to this share', number, usual.jitter)
    .option('--patience <count>', 'stop after so many epochs without a better accuracy', whole, usual.patience)
    .option('--seed <number>', 'of the new weights and the order of images', whole, usual.seed)
    .action((model: string, options: AdaptOptions, command: Command) => run((context) => adaptModel(model, options, context), command));
}

async function adaptModel(id: string, { dataset, name, ...given }: AdaptOptions, context: CommandContext): Promise<void> {
  const { api, say, tell, paint } = context;
  const settings = adaptSettings.safeParse(given);
  if (!settings.success) {
    const [issue] = settings.error.issues;
    throw new FleetError('invalid', `Cannot adapt ${id}: ${issue?.path.join('.')}: ${issue?.message}`, { next: 'fleetfit adapt --help' });
  }
  const started = await asked(api().models.adapt.mutate({ id, dataset, name, settings: settings.data }));
  const model: ModelView = await imported(() => asked(api().models.show.query({ id: started.id })), context);
  tell(model);
  const figures = model.training?.figures ?? [];
  const best = Math.max(...figures.map(({ accuracy }) => accuracy));
  const rows = figures.map(({ epoch, loss, accuracy }) => [
    String(epoch + 1),
    loss.toFixed(3),
    accuracy === best ? paint.bold(sayPercent(accuracy)) : sayPercent(accuracy),
  ]);
  for (const line of table([['epoch', 'loss', 'right'].map((head) => paint.dim(head)), ...rows])) say(line);
  say(`${paint.bold(model.id)} is right on ${sayPercent(best)} of the validation images of ${dataset}.`);
  say(`Next: fleetfit sweep run --model ${model.id} --dataset ${dataset}`);
}
