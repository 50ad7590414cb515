import { makeSampler, samplerNames } from '@fleetfit/search';
import { optunaVersion, playPeer } from './optuna-peer.ts';
import { type Course, type Pace, playSampler, type Table } from './play.ts';

/** Somebody who plays: one of our samplers, or a peer. */
export interface Method {
  /** Ours by their name in the registry, Optuna's with `optuna-` before it. */
  readonly name: string;
  /** Undefined where the peer is not installed. */
  play(table: Table, pace: Pace & { readonly signal: AbortSignal }): Promise<Course | undefined>;
}

/** Those of our samplers that the registry has. */
export function ours(...names: readonly string[]): Method[] {
  return names
    .filter((name) => samplerNames.includes(name))
    .map((name) => ({ name, play: async (table, pace) => playSampler((options) => makeSampler(name, options), table, pace) }));
}

/** Optuna's samplers by name. */
export function optuna(...names: readonly ('tpe' | 'cma-es' | 'nsga2')[]): Method[] {
  return names.map((name) => ({
    name: `optuna-${name}`,
    play: async (table, pace) => {
      installed ??= optunaVersion(pace.signal);
      return (await installed) === undefined ? undefined : playPeer(name, table, pace);
    },
  }));
}

let installed: Promise<string | undefined> | undefined;
