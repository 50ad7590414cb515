import { FleetError, isRefusal, toFleetError, unreachable } from '@fleetfit/core';
import type { WorkItem, WorkResult } from '@fleetfit/protocol';
import { compress } from './compress.ts';
import { evaluate } from './evaluate.ts';
import { examine } from './examine.ts';
import { importDataset } from './import-dataset.ts';
import { importModel } from './import-model.ts';
import { prepareImages } from './prepare-images.ts';
import { trainModel } from './train.ts';
import type { WorkContext } from './work-context.ts';

export type Result = NonNullable<WorkResult['result']>;
type Task = NonNullable<WorkItem['task']>;

/**
 * Does one work item. What goes wrong is a result too, one sentence and what to do; only cancelling throws.
 * @throws FleetError `cancelled`
 */
export async function doWork(task: WorkItem['task'], context: WorkContext): Promise<Result> {
  try {
    if (!task) throw new FleetError('unsupported', 'Cannot do a work item: this compressor does not know its kind', { next: 'update it' });
    return await resultOf(task, context);
  } catch (thrown) {
    const error = toFleetError(thrown, `Cannot do the work item "${task?.$case ?? ''}"`);
    if (error.code === 'cancelled' || context.signal.aborted)
      throw error.code === 'cancelled' ? error : new FleetError('cancelled', 'Cannot finish a work item: cancelled', { cause: error });
    return { $case: 'failed', value: { code: error.code, why: error.message, next: error.next ?? '' } };
  }
}

async function resultOf(task: Task, context: WorkContext): Promise<Result> {
  switch (task.$case) {
    case 'importModel':
      return { $case: 'importedModel', value: await importModel(task.value, context) };
    case 'importDataset':
      return { $case: 'importedDataset', value: await importDataset(task.value, context) };
    case 'prepareImages':
      return { $case: 'preparedImages', value: await prepareImages(task.value, context) };
    case 'examine':
      return { $case: 'examined', value: await examine(task.value, context) };
    case 'compress': {
      const compressed = await compress(task.value, context);
      return isRefusal(compressed) ? { $case: 'refused', value: { why: compressed.why } } : { $case: 'compressed', value: compressed };
    }
    case 'evaluate':
      return { $case: 'evaluated', value: await evaluate(task.value, context) };
    case 'train':
      return { $case: 'trained', value: await trainModel(task.value, context) };
    default:
      return unreachable(task);
  }
}
