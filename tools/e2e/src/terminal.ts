import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../../apps/cli/bin/fleetfit.mjs', import.meta.url));
/** Far more than any command takes that is over by itself, also on a busy machine. */
const LONGEST_MS = 90_000;

/** What a person sees in the terminal. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Types a command as a person does, against the data folder `home`. */
export function fleetfit(home: string, ...args: readonly string[]): Promise<Said> {
  const env = { ...process.env, FLEETFIT_HOME: home, NO_COLOR: '1' };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [COMMAND, ...args], { env, timeout: LONGEST_MS, killSignal: 'SIGKILL' }, (error, out, err) => {
      if (error?.killed) return reject(new Error(`fleetfit ${args.join(' ')} did not end: ${out}${err}`));
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });
}
