import { type DeviceClassId, deviceClassId, FleetError, type Rng, seededRng } from '@fleetfit/core';
import { formatRecipe, ORIGINAL, parseRecipe, pointOf, recipeOf } from '@fleetfit/space';
import { type EncodedSpace, encodeSpace, type Levels } from './encoded-space.ts';
import type { Goal } from './goal.ts';
import { type Answer, answerOf, type History, stateOf, type Trial } from './history.ts';
import { haltonLevels } from './quasi-random.ts';
import { recipesOf } from './random.ts';
import { type Ask, FULL_FIDELITY, type Json, type Sampler, type SamplerOptions, type Snapshot, type Told } from './sampler.ts';

/** A point that a learner would like to know, and what it wants to remember of it. */
export interface Proposal {
  readonly levels: Levels;
  readonly note?: Json;
}

/** What a learner can rely on. */
export interface Study {
  readonly space: EncodedSpace;
  readonly goal: Goal;
  /** How many candidates may be measured in all, where known. */
  readonly budget: number | undefined;
}

/** The idea of a sampler, without its bookkeeping: what to ask next, given all that is known. */
export interface Learner {
  /** Asks this many from an even sequence before it proposes anything. */
  readonly start: number;
  /** Whether it proposes before it was told anything. */
  readonly knowsEnough?: boolean;
  /** Points to ask, the best first: some may be known already or fewer than wanted. The rest is then drawn at random. */
  propose(history: History, count: number, rng: Rng): readonly Proposal[];
  /** What it must find again after a restart besides the history. */
  memory?(): Json;
}

interface LearningOptions {
  readonly name: string;
  readonly options: SamplerOptions;
  /** `memory`: what the learner of the snapshot remembered. */
  makeLearner(study: Study, memory: Json | undefined): Learner;
}

/**
 * The bookkeeping of samplers that learn: who was asked and told, late, twice or never; snapshots; no recipe twice. Chance depends on
 * the seed and on how often was asked, so that a restored sampler goes on as it would have.
 */
export function learningSampler({ name, options, makeLearner }: LearningOptions): Sampler {
  const { space, seed, snapshot, goal = { objectives: ['accuracy'] }, budget } = options;
  const encoded = encodeSpace(space);
  const stored = snapshot && readState(name, snapshot);
  const ledger = openLedger(encoded, goal);
  for (const each of stored?.trials ?? []) ledger.restore(each);
  for (const index of stored?.told ?? []) ledger.told.push(index);
  const learner = makeLearner({ space: encoded, goal, budget }, stored?.memory);
  const filler = openFiller(encoded, `${name} ${seed}`, stored?.filled);
  let rounds = stored?.rounds ?? 0;

  const askMore = (count: number, asks: Ask[]): void => {
    const take = ({ levels, note = null }: Proposal): void => {
      const ask = asks.length < count && ledger.ask(encoded.canonical(levels), note);
      if (ask) asks.push(ask);
    };
    const proposing = ledger.trials.length >= learner.start && (ledger.told.length > 0 || learner.knowsEnough === true);
    if (proposing) {
      rounds++;
      for (const proposal of learner.propose(ledger, count, seededRng(`${name} ${seed} round ${rounds}`))) take(proposal);
    }
    while (asks.length < count) {
      const levels = proposing ? filler.atRandom() : filler.evenly();
      if (!levels) break;
      take({ levels });
    }
  };

  return {
    ask: (count) => {
      const asks: Ask[] = [];
      if (count > 0 && space.knobs.length > 0) askMore(count, asks);
      return asks;
    },
    tell: (told) => told.forEach(ledger.tell),
    snapshot: () => ({
      sampler: name,
      version: VERSION,
      state: { rounds, filled: filler.filled(), told: [...ledger.told], trials: ledger.stored(), memory: learner.memory?.() ?? null },
    }),
  };
}

interface Entry {
  levels: Levels;
  text: string;
  note: Json;
  asked: boolean;
  state: Trial['state'];
  answers: Map<DeviceClassId, Answer>;
}

function openLedger(space: EncodedSpace, goal: Goal) {
  const trials: Entry[] = [];
  const told: number[] = [];
  const byText = new Map<string, number>();
  const add = (entry: Entry): number => {
    byText.set(entry.text, trials.length);
    return trials.push(entry) - 1;
  };
  const numberOf = (recipe: string): number | undefined => {
    const known = byText.get(recipe);
    if (known !== undefined) return known;
    const point = recipe === ORIGINAL ? undefined : pointOf(space.space, parseRecipe(recipe));
    if (!point) return undefined;
    const levels = space.levelsAt(point);
    // Somebody else may have written the same recipe with other spaces.
    const text = textOf(space, levels);
    return byText.get(text) ?? add({ levels, text, note: null, asked: false, state: { kind: 'pending' }, answers: new Map() });
  };
  return {
    trials,
    told,
    ask(levels: Levels, note: Json): Ask | undefined {
      const found = space.recipeAt(levels);
      if (!found || found.text === ORIGINAL || byText.has(found.text)) return undefined;
      add({ levels, text: found.text, note, asked: true, state: { kind: 'pending' }, answers: new Map() });
      return { point: found.point, recipe: found.recipe, classes: 'all', fidelity: FULL_FIDELITY };
    },
    tell(each: Told): void {
      const index = numberOf(each.recipe);
      const entry = index === undefined ? undefined : trials[index];
      if (index === undefined || !entry) return;
      const [answer, before] = [answerOf(each, goal), entry.answers.get(each.deviceClass)];
      if (before && before.spent > answer.spent) return;
      entry.answers.set(each.deviceClass, answer);
      entry.state = stateOf(entry.answers, goal);
      if (!before && entry.answers.size === 1) told.push(index);
    },
    restore({ at, note = null, asked = true, answers }: StoredTrial): void {
      const levels = at.split(' ').map(Number);
      const known = new Map(
        answers.map(([deviceClass, values, spent, variances]) => [deviceClassId(deviceClass), { values, spent, variances }]),
      );
      add({ levels, text: textOf(space, levels), note, asked, state: stateOf(known, goal), answers: known });
    },
    // A sweep stores a snapshot with every question: what can be worked out again is left out.
    stored: (): Json =>
      trials.map(({ levels, note, asked, answers }) => ({
        at: levels.join(' '),
        ...(note !== null && { note }),
        ...(!asked && { asked }),
        answers: [...answers].map(([deviceClass, { values, spent, variances }]) => [
          deviceClass,
          values && { ...values },
          spent,
          [...variances],
        ]),
      })),
  };
}

const textOf = (space: EncodedSpace, levels: Levels): string => formatRecipe(recipeOf(space.space, space.pointAt(levels)));

/** What to ask where a learner has nothing to say: an even sequence to begin with, then anything that is left. */
function openFiller(space: EncodedSpace, seed: string, filled: StoredState['filled'] = { evenly: 0, atRandom: 0, rest: 0 }) {
  const few = recipesOf(space.space, ENUMERABLE);
  const rest = few && seededRng(`${seed} rest`).shuffled(few);
  const sequence = haltonLevels(space, seed);
  const patience = few ? 4 * few.length : 100_000;
  const drawn = { ...filled };
  const remaining = (): Levels | undefined => {
    const next = rest?.[drawn.rest++];
    return next && space.levelsAt(next.point);
  };
  return {
    evenly: (): Levels | undefined => (drawn.evenly < patience ? sequence(drawn.evenly++) : remaining()),
    atRandom: (): Levels | undefined =>
      drawn.atRandom < patience ? space.draw(seededRng(`${seed} draw ${drawn.atRandom++}`)) : remaining(),
    filled: () => ({ ...drawn }),
  };
}

const ENUMERABLE = 20_000;
const VERSION = 2;

interface StoredTrial {
  /** Its levels, with spaces between. */
  readonly at: string;
  readonly note?: Json;
  readonly asked?: boolean;
  readonly answers: readonly (readonly [string, Answer['values'], number, Answer['variances']])[];
}

interface StoredState {
  readonly rounds: number;
  readonly filled: { readonly evenly: number; readonly atRandom: number; readonly rest: number };
  readonly told: readonly number[];
  readonly trials: readonly StoredTrial[];
  readonly memory: Json;
}

function readState(name: string, { sampler, version, state }: Snapshot): StoredState {
  if (sampler !== name || version !== VERSION)
    throw new FleetError(
      'invalid',
      `Cannot resume the sampler "${name}": the snapshot is of "${sampler}" version ${version}, not ${VERSION}`,
    );
  if (typeof state !== 'object' || state === null || !('trials' in state) || !('rounds' in state))
    throw new FleetError('invalid', `Cannot resume the sampler "${name}": its snapshot is damaged`);
  // Written by `snapshot` of this very version: what is checked above tells it from anything else.
  return state as unknown as StoredState;
}
