import { FleetError } from '@fleetfit/core';
import type { Space } from './space.ts';

/**
 * A space in which only these levels may be chosen, by name of their knob; knobs that are not named keep all of theirs.
 * A knob with one level left is chosen for. @throws FleetError `invalid` for a knob or a level that there is not
 */
export function narrowSpace(space: Space, kept: Readonly<Record<string, readonly string[]>>): Space {
  for (const [name, levels] of Object.entries(kept)) {
    const knob = space.knobs.find((each) => each.name === name);
    if (!knob) throw new FleetError('invalid', `Cannot narrow the space: it has no knob "${name}"`);
    const missing = levels.find((level) => !knob.levels.some((each) => each.name === level));
    if (missing !== undefined)
      throw new FleetError('invalid', `Cannot narrow the space: knob "${name}" has no level "${missing}"`, {
        next: `take some of: ${knob.levels.map((each) => each.name).join(', ')}`,
      });
  }
  return {
    ...space,
    knobs: space.knobs.map((knob) => {
      const names = kept[knob.name];
      return names ? { ...knob, levels: knob.levels.filter((level) => names.includes(level.name)) } : knob;
    }),
  };
}
