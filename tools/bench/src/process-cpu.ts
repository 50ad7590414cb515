import { readFileSync } from 'node:fs';

/** Of Linux, on every architecture that Node runs on. */
const TICKS_A_SECOND = 100;

/** CPU time of a process with all its threads and the children that it has waited for, ms; NaN where the system does not tell. */
export function cpuMs(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold spaces: fields are counted behind its bracket, where field 3 of proc(5) comes first.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = [14, 15, 16, 17].reduce((sum, field) => sum + Number(fields[field - 3]), 0);
    return (1000 * ticks) / TICKS_A_SECOND;
  } catch {
    return Number.NaN;
  }
}
