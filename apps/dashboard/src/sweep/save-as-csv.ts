import { fleet } from '../client/fleet-client.tsx';
import type { CandidateRow, SweepOverview } from '../client/views.ts';
import { type ClassName, nameOf } from '../frame/class-names.ts';

/** Saves every figure of every candidate, unrounded: one line per candidate and device class. */
export async function saveAsCsv(view: SweepOverview, names: ReadonlyMap<string, ClassName>): Promise<void> {
  const { candidates } = await fleet.sweeps.show.query({ id: view.id });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([csvOf(candidates, names)], { type: 'text/csv' }));
  link.download = `sweep-${view.number}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

const HEAD =
  'candidate,recipe,state,device class,class state,p50 ms,p50 low,p50 high,speed,speed low,speed high,verdict,top-1,change pt,change low,change high,bytes,within limits,why';

/** The text of the file. */
export function csvOf(candidates: readonly CandidateRow[], names: ReadonlyMap<string, ClassName>): string {
  const lines = candidates.flatMap((candidate) =>
    candidate.classes.map((on) => {
      const { latencyMs: latency, speed, accuracy, accuracyChange: change } = on;
      return [
        candidate.id,
        candidate.recipe,
        candidate.state,
        nameOf(names, on.id),
        on.state,
        latency?.value,
        latency?.low,
        latency?.high,
        speed?.value,
        speed?.low,
        speed?.high,
        on.verdict,
        accuracy?.value,
        change?.value,
        change?.low,
        change?.high,
        candidate.bytes,
        on.withinLimits,
        on.why ?? candidate.why,
      ]
        .map(cell)
        .join(',');
    }),
  );
  return [HEAD, ...lines, ''].join('\n');
}

function cell(value: string | number | undefined): string {
  const text = String(value ?? '');
  // A spreadsheet would run a text that begins like a formula.
  const safe = typeof value === 'string' && /^[=+@-]/.test(text) ? `'${text}` : text;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
