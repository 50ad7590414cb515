import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** Environment variables, as a parameter so that tests need not change their own. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where downloads are kept that can be fetched again: `FLEETFIT_CACHE`, else `fleetfit` in `XDG_CACHE_HOME` or `~/.cache`. Absolute; may not exist yet. */
export function cacheFolder(env: Environment = process.env): string {
  if (env['FLEETFIT_CACHE']) return resolve(env['FLEETFIT_CACHE']);
  const xdg = env['XDG_CACHE_HOME'];
  // The XDG specification says to ignore a relative one.
  return join(xdg && isAbsolute(xdg) ? xdg : join(env['HOME'] || homedir(), '.cache'), 'fleetfit');
}

/** Where the data lives that must not be lost: `FLEETFIT_HOME` or `~/.fleetfit`. Absolute; may not exist yet. */
export function homeFolder(env: Environment = process.env): string {
  return env['FLEETFIT_HOME'] ? resolve(env['FLEETFIT_HOME']) : join(env['HOME'] || homedir(), '.fleetfit');
}
