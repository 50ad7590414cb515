import { parseArgs } from 'node:util';
import { FleetError, toFleetError } from '@fleetfit/core';

export interface Options {
  readonly bench: string;
  /** Where rows are stored as they are measured. */
  readonly json: string | undefined;
  /** Rows to measure; empty: all. */
  readonly only: readonly string[];
  readonly quick: boolean;
  readonly resume: boolean;
  readonly folders?: { readonly calibration: string; readonly validation: string } | undefined;
}

export const USAGE = `npm run bench:<name> -- [options]

  --json FILE   store rows as they are measured, and the verdict
  --only ROW    measure this row alone, with * for any text (may be given several times)
  --quick       a fair subset in under 20 minutes
  --resume      keep the rows that FILE has already, if this machine measured them
  --calibration DIR --validation DIR
                compress: labelled images to fit on and to judge classifiers on, instead of five folds of the lab's
`;

/** @throws FleetError `invalid` for options that do not exist or do not go together */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parsed(args);
  const [bench, ...rest] = positionals;
  if (bench === undefined || rest.length > 0)
    throw new FleetError('invalid', 'Cannot run: exactly one bench must be named', { next: 'npm run bench:onnx' });
  if (values.resume && values.json === undefined)
    throw new FleetError('invalid', 'Cannot resume: --resume needs --json FILE to know which rows are there');
  const { calibration, validation } = values;
  if ((calibration === undefined) !== (validation === undefined))
    throw new FleetError('invalid', 'Cannot run: --calibration and --validation go together');
  const folders = calibration !== undefined && validation !== undefined ? { calibration, validation } : undefined;
  return { bench, json: values.json, only: values.only ?? [], quick: values.quick ?? false, resume: values.resume ?? false, folders };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: 'string' },
        only: { type: 'string', multiple: true },
        quick: { type: 'boolean' },
        resume: { type: 'boolean' },
        calibration: { type: 'string' },
        validation: { type: 'string' },
      },
    });
  } catch (thrown) {
    throw new FleetError('invalid', toFleetError(thrown, 'Cannot run').message, { cause: thrown });
  }
}
