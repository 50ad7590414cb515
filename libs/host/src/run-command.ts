import { spawn } from 'node:child_process';
import { FleetError } from '@fleetfit/core';
import type { Environment } from './folders.ts';

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly signal: AbortSignal;
  readonly cwd?: string;
  readonly env?: Environment;
  readonly uid?: number;
  readonly gid?: number;
}

/** Runs a command to its end and returns what it wrote to stdout. Throws `unavailable` with the last line of stderr, or `cancelled`. */
export function runCommand({ command, args, signal, env, ...rest }: Command): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...rest, signal, env: env ? { ...env } : process.env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let complaints = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaints = (complaints + text).slice(-4_000);
    });
    child.on('error', (cause) =>
      reject(
        signal.aborted
          ? new FleetError('cancelled', `Cannot run ${command}: cancelled`, { cause })
          : new FleetError('unavailable', `Cannot run ${command}: ${cause.message}`, { cause }),
      ),
    );
    child.on('close', (code) => {
      if (code === 0) return resolve(out);
      const last = complaints.trim().split('\n').at(-1) || out.trim().split('\n').at(-1) || `exit code ${code}`;
      reject(new FleetError('unavailable', `Cannot run ${command} ${args.at(-1) ?? ''}: ${last}`, { details: { exitCode: code ?? -1 } }));
    });
  });
}
