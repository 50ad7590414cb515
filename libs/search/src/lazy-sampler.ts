import { FleetError } from '@fleetfit/core';
import { formatRecipe, isWithin, ORIGINAL, type Recipe, type Space } from '@fleetfit/space';
import { type Ask, FULL_FIDELITY, type Json, type Sampler, type Snapshot } from './sampler.ts';

interface Source {
  readonly name: string;
  /**
   * Draw number `index` (counting from 0); undefined: there is none and there will be none after it.
   * Must depend on nothing but `index`: a restored sampler starts in the middle.
   */
  draw(index: number): Pick<Ask, 'point' | 'recipe'> | undefined;
  /** Points outside the limits of this space are passed over. */
  readonly space?: Space;
  /** Gives up after this many draws in a row that were known already. */
  readonly patience: number;
}

/** A sampler that learns nothing: it takes the draws of a source in order and skips every recipe that is known. */
export function lazySampler(source: Source, snapshot: Snapshot | undefined): Sampler {
  const restored = snapshot ? readState(source.name, snapshot) : { drawn: 0, known: [] };
  const known = new Set<string>([ORIGINAL, ...restored.known]);
  let drawn = restored.drawn;

  const next = (): Ask | undefined => {
    for (let tried = 0; tried < source.patience; tried++) {
      const draw = source.draw(drawn);
      if (!draw) return undefined;
      drawn++;
      const text = formatRecipe(draw.recipe);
      if (known.has(text)) continue;
      if (source.space?.limits && draw.point && !isWithin(source.space, draw.point)) continue;
      known.add(text);
      return { ...draw, classes: 'all', fidelity: FULL_FIDELITY };
    }
    return undefined;
  };

  return {
    ask: (count) => {
      const asks: Ask[] = [];
      while (asks.length < count) {
        const ask = next();
        if (!ask) break;
        asks.push(ask);
      }
      return asks;
    },
    tell: (told) => {
      for (const { recipe } of told) known.add(recipe);
    },
    snapshot: () => ({ sampler: source.name, version: VERSION, state: { drawn, known: [...known] } }),
  };
}

const VERSION = 1;

function readState(name: string, snapshot: Snapshot): { readonly drawn: number; readonly known: readonly string[] } {
  if (snapshot.sampler !== name || snapshot.version !== VERSION) {
    throw new FleetError(
      'invalid',
      `Cannot resume the sampler "${name}": the snapshot is of "${snapshot.sampler}" version ${snapshot.version}, not ${VERSION}`,
    );
  }
  const { state } = snapshot;
  if (isObject(state) && typeof state['drawn'] === 'number' && isArray(state['known'])) {
    return { drawn: state['drawn'], known: state['known'].filter((each) => typeof each === 'string') };
  }
  throw new FleetError('invalid', `Cannot resume the sampler "${name}": its snapshot is damaged`);
}

const isArray = (json: Json | undefined): json is readonly Json[] => Array.isArray(json);
const isObject = (json: Json): json is { readonly [key: string]: Json } =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

/** Asks for given recipes in their order: a sweep over a list that somebody wrote. */
export function listSampler(recipes: readonly Recipe[], snapshot?: Snapshot): Sampler {
  const draw = (index: number) => {
    const recipe = recipes[index];
    return recipe && { point: null, recipe };
  };
  return lazySampler({ name: 'list', draw, patience: recipes.length + 1 }, snapshot);
}
