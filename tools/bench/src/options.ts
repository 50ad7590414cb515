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
}

export const USAGE = `npm run bench:<name> -- [options]

  --json FILE   store rows as they are measured, and the verdict
  --only ROW    measure this row alone (may be given several times)
  --quick       a fair subset in under 20 minutes
  --resume      keep the rows that FILE has already, if this machine measured them
`;

/** @throws FleetError `invalid` for options that do not exist or do not go together */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parsed(args);
  const [bench, ...rest] = positionals;
  if (bench === undefined || rest.length > 0)
    throw new FleetError('invalid', 'Cannot run: exactly one bench must be named', { next: 'npm run bench:onnx' });
  if (values.resume && values.json === undefined)
    throw new FleetError('invalid', 'Cannot resume: --resume needs --json FILE to know which rows are there');
  return { bench, json: values.json, only: values.only ?? [], quick: values.quick ?? false, resume: values.resume ?? false };
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
      },
    });
  } catch (thrown) {
    throw new FleetError('invalid', toFleetError(thrown, 'Cannot run').message, { cause: thrown });
  }
}
