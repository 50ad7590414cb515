import type { Rng } from '@fleetfit/core';
import type { Levels } from './rows.ts';
import type { Pick } from './search-draw.ts';
import type { Structure } from './structure.ts';
import type { Settings } from './tables.ts';

/** Settings that a search tries all of; beyond, it takes those near what is good, and some more. */
const MOST_LAYER_SETTINGS = 512;
const MOST_GLOBAL_SETTINGS = 64;

/** Settings by index, with the way back from levels. */
export interface SettingsIndex extends Settings {
  pickOf(levels: Levels): Pick | undefined;
  levelsOf(pick: Pick): Levels;
  /** Whether they are all that there are: then they serve every search. */
  readonly complete: boolean;
}

/** What a search may choose from: everything, or, where that is too much, the settings of `near`, their neighbours and others by chance. */
export function settingsOf(structure: Structure, near: readonly Levels[], rng: Rng): SettingsIndex {
  const { layers, globals, space } = structure;
  const count = (knob: number): number => space.knobs[knob]?.levels.length ?? 1;
  const lists = layers.map((layer) => {
    const knobs = layer.roles.map((role) => role?.knob ?? -1);
    return listOf({ knobs, count, most: MOST_LAYER_SETTINGS, near, rng });
  });
  const whole = listOf({ knobs: globals.map(({ knob }) => knob), count, most: MOST_GLOBAL_SETTINGS, near, rng });
  const indexes = [...lists, whole].map(({ settings }) => new Map(settings.map((setting, s) => [setting.join(), s])));
  const knobsOf = [...layers.map((layer) => layer.roles.map((role) => role?.knob ?? -1)), globals.map(({ knob }) => knob)];
  return {
    layers: lists.map(({ settings }) => settings),
    globals: whole.settings,
    complete: [...lists, whole].every(({ complete }) => complete),
    pickOf: (levels) => {
      const found = knobsOf.map((knobs, i) => indexes[i]?.get(settingOf(knobs, levels).join()));
      const global = found.pop();
      const complete = found.flatMap((each) => each ?? []);
      return global === undefined || complete.length < layers.length ? undefined : { layers: Int32Array.from(complete), global };
    },
    levelsOf: (pick) => {
      const levels = new Int32Array(space.knobs.length);
      const chosen = [...lists.map(({ settings }, i) => settings[pick.layers[i] ?? 0]), whole.settings[pick.global]];
      chosen.forEach((setting, i) => {
        knobsOf[i]?.forEach((knob, k) => {
          if (knob >= 0) levels[knob] = setting?.[k] ?? 0;
        });
      });
      return levels;
    },
  };
}

// Where a knob does not count its first level stands: which one says nothing.
const settingOf = (knobs: readonly number[], levels: Levels): Int32Array =>
  Int32Array.from(knobs, (knob) => (knob < 0 ? -1 : Math.max(0, levels[knob] ?? 0)));

interface Listing {
  /** By role; -1 for none. */
  readonly knobs: readonly number[];
  readonly count: (knob: number) => number;
  readonly most: number;
  readonly near: readonly Levels[];
  readonly rng: Rng;
}

interface Listed {
  readonly settings: readonly Int32Array[];
  readonly complete: boolean;
}

function listOf(listing: Listing): Listed {
  const { knobs, count, most } = listing;
  const all = knobs.reduce((product, knob) => product * (knob < 0 ? 1 : count(knob)), 1);
  if (all > most) return { settings: someSettings(listing), complete: false };
  let settings: number[][] = [[]];
  for (const knob of knobs) {
    settings = settings.flatMap((before) =>
      knob < 0 ? [[...before, -1]] : Array.from({ length: count(knob) }, (_, level) => [...before, level]),
    );
  }
  return { settings: settings.map((setting) => Int32Array.from(setting)), complete: true };
}

function someSettings({ knobs, count, most, near, rng }: Listing): Int32Array[] {
  const found = new Map<string, Int32Array>();
  const add = (setting: Int32Array): void => {
    if (found.size < most) found.set(setting.join(), setting);
  };
  const firsts = [
    new Int32Array(knobs.length).map((_, k) => ((knobs[k] ?? -1) < 0 ? -1 : 0)),
    ...near.map((levels) => settingOf(knobs, levels)),
  ];
  for (const first of firsts) add(first);
  for (const first of firsts) {
    knobs.forEach((knob, k) => {
      const levels = knob < 0 ? 0 : count(knob);
      for (let level = 0; level < levels; level++) add(first.with(k, level));
    });
  }
  for (let tried = 0; found.size < most && tried < 4 * most; tried++)
    add(Int32Array.from(knobs, (knob) => (knob < 0 ? -1 : rng.integer(count(knob)))));
  return [...found.values()];
}
