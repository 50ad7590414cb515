import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { FleetError } from '@fleetfit/core';
import type { Bench, Check, Row, RowPlan } from './bench.ts';
import { type Machine, sameMachine, thisMachine } from './machine.ts';
import type { Options } from './options.ts';

/** What a bench writes. */
export interface Report {
  readonly bench: string;
  readonly machine: Machine;
  readonly checks: readonly Check[];
  readonly rows: readonly Row[];
}

export interface Surroundings {
  readonly signal: AbortSignal;
  say(line: string): void;
}

/**
 * Measures the rows that are wanted, one after the other, and stores the report after each: an interrupted bench loses one row.
 * @throws FleetError `invalid` for a row that does not exist, `cancelled` when the signal says so
 */
export async function runBench(bench: Bench, options: Options, { signal, say }: Surroundings): Promise<Report> {
  const machine = thisMachine();
  const rows = new Map<string, Row>(options.resume ? storedRows(options.json, machine, say) : []);
  const report = (): Report => ({ bench: options.bench, machine, checks: bench.checks(rows), rows: [...rows.values()] });
  for (const plan of wanted(bench, options)) {
    if (rows.has(plan.name)) say(`${plan.name}: measured before`);
    else {
      if (signal.aborted) throw new FleetError('cancelled', 'Cannot go on measuring: cancelled', { next: 'run it again with --resume' });
      rows.set(plan.name, await measured(plan, options, { signal, say }));
    }
    if (options.json !== undefined) store(options.json, report());
  }
  return report();
}

/** Whether the bench failed: a check that does not hold, or a row that could not be measured. */
export function failed(report: Report): boolean {
  return report.checks.some((check) => check.holds === false) || report.rows.some((row) => row.error !== undefined);
}

function wanted(bench: Bench, { only, quick }: Options): readonly RowPlan[] {
  const names = bench.rows.map((plan) => plan.name);
  const patterns = only.map((name) => ({ name, fits: patternOf(name) }));
  for (const { name, fits } of patterns)
    if (!names.some(fits)) throw new FleetError('invalid', `Cannot measure row "${name}": this bench has ${listed(names)}`);
  if (only.length > 0) return bench.rows.filter((plan) => patterns.some(({ fits }) => fits(plan.name)));
  return quick ? bench.rows.filter((plan) => plan.long !== true) : bench.rows;
}

/** A name stands for itself, a `*` in it for any text. */
function patternOf(name: string): (row: string) => boolean {
  const pattern = new RegExp(`^${name.split('*').map(escaped).join('.*')}$`);
  return (row) => pattern.test(row);
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function listed(names: readonly string[]): string {
  return names.length <= 40 ? names.join(', ') : `${names.slice(0, 40).join(', ')} and ${names.length - 40} more`;
}

async function measured(plan: RowPlan, { quick, folders }: Options, { signal, say }: Surroundings): Promise<Row> {
  say(`${plan.name}: measuring`);
  try {
    const fields = await plan.measure({ quick, folders, signal, say: (line) => say(`  ${line}`) });
    return { name: plan.name, fields };
  } catch (thrown) {
    if (signal.aborted) throw new FleetError('cancelled', `Cannot finish row "${plan.name}": cancelled`, { cause: thrown });
    const error = thrown instanceof Error ? thrown.message : String(thrown);
    say(`  failed: ${error}`);
    return { name: plan.name, fields: {}, error };
  }
}

function store(file: string, report: Report): void {
  const draft = `${file}.part`;
  writeFileSync(draft, `${JSON.stringify(report, null, 2)}\n`);
  renameSync(draft, file);
}

// Rows that failed are measured again.
function storedRows(file: string | undefined, machine: Machine, say: (line: string) => void): [string, Row][] {
  if (file === undefined || !existsSync(file)) return [];
  const stored = JSON.parse(readFileSync(file, 'utf8')) as Report;
  if (sameMachine(stored.machine, machine)) return stored.rows.filter((row) => row.error === undefined).map((row) => [row.name, row]);
  say(`${file} was measured on another machine (${stored.machine.cpu}, node ${stored.machine.node}): starting over`);
  return [];
}
