import { FleetError, toFleetError } from '@fleetfit/core';
import type { Check } from './bench.ts';
import { benches } from './benches.ts';
import { parseOptions, USAGE } from './options.ts';
import { failed, type Report, runBench } from './run-bench.ts';

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => interrupted.abort());
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  try {
    const options = parseOptions(args);
    const load = benches[options.bench];
    if (!load) throw new FleetError('invalid', `Cannot run bench "${options.bench}": there are ${Object.keys(benches).join(', ')}`);
    const { bench } = await load();
    console.log(`${options.bench}: ${bench.about}`);
    const report = await runBench(bench, options, { signal: interrupted.signal, say: (line) => console.log(line) });
    show(report);
    return failed(report) ? 1 : 0;
  } catch (thrown) {
    const { code, message, next } = toFleetError(thrown, 'Cannot run the bench');
    console.error(message + (next === undefined ? '' : `\n  try: ${next}`));
    return code === 'invalid' ? 2 : 1;
  }
}

function show({ machine, checks, rows }: Report): void {
  console.log(`\n${machine.cpu}, ${machine.cores} cores, ${machine.os}, node ${machine.node}, load ${machine.load.toFixed(1)}`);
  for (const { name, fields } of rows) {
    const shown = Object.entries(fields).flatMap(([key, value]) => (typeof value === 'number' ? `${key} ${round(value)}` : []));
    console.log(`  ${name}: ${shown.join(', ')}`);
  }
  for (const check of checks)
    console.log(`${mark(check)}  ${check.name}: ${round(check.value)} ${check.unit} (${check.target})${why(check)}`);
}

function round(value: number | null): string {
  return value === null ? '-' : String(Number(value.toPrecision(4)));
}

function why(check: Check): string {
  return check.holds === 'not judged' ? `, not judged: ${check.reason}` : '';
}

function mark({ holds }: Check): string {
  if (holds === 'not judged') return 'open ';
  return holds ? 'holds' : 'FAILS';
}
