import { FleetError } from '@fleetfit/core';
import type { Knob, Level } from './space.ts';

interface NumericKnob extends Pick<Knob, 'name' | 'label' | 'layer' | 'role' | 'sets' | 'when'> {
  readonly low: number;
  readonly high: number;
  /** Even steps, or even factors: `low` is then above 0. Default linear. */
  readonly scale?: 'linear' | 'log';
  /** At most so many levels, both ends among them; default 33. */
  readonly count?: number;
  /** What a value adds to the recipe; default: the value of the argument that the knob sets. */
  adds?(value: number): Level['adds'];
}

/** A knob over whole numbers from `low` to `high`: all of them where they are at most `count`, else as evenly as whole numbers allow. */
export function integerKnob(range: NumericKnob): Knob {
  const { low, high, scale = 'linear', count = 33 } = range;
  if (!Number.isInteger(low) || !Number.isInteger(high))
    throw new FleetError('invalid', `Cannot make knob "${range.name}": ${low} and ${high} are not both whole numbers`);
  const all = scale === 'linear' && high - low < count;
  const values = gridOf(range, all ? high - low + 1 : count).map(Math.round);
  return knobOf(range, [...new Set(values)]);
}

/** A knob over numbers from `low` to `high`, in `count` even steps or factors, each rounded to 6 digits so that its text is short. */
export function floatKnob(range: NumericKnob): Knob {
  const values = gridOf(range, range.count ?? 33).map((value) => Number(value.toPrecision(6)));
  return knobOf(range, [...new Set(values)]);
}

function gridOf({ name, low, high, scale = 'linear' }: NumericKnob, count: number): number[] {
  if (!(low < high) || !Number.isFinite(high - low))
    throw new FleetError('invalid', `Cannot make knob "${name}": ${low} is not below ${high}`);
  if (scale === 'log' && low <= 0) throw new FleetError('invalid', `Cannot make knob "${name}": a log scale cannot begin at ${low}`);
  if (!(count >= 2)) throw new FleetError('invalid', `Cannot make knob "${name}" of ${count} levels: it needs two at least`);
  const share = (i: number): number => i / (count - 1);
  return Array.from({ length: count }, (_, i) => (scale === 'log' ? low * (high / low) ** share(i) : low + (high - low) * share(i)));
}

function knobOf(range: NumericKnob, values: readonly number[]): Knob {
  const { low: _, high: __, count: ___, adds, scale = 'linear', ...named } = range;
  const levels = values.map(
    (value): Level => ({
      name: String(value),
      label: String(value),
      adds: adds?.(value) ?? { kind: 'argument', value },
      value,
    }),
  );
  return { ...named, order: 'ordinal', scale, levels };
}

/**
 * Where the levels of a knob lie between 0 and 1: by their values and scale where they have them, else evenly. For a categorical
 * knob this says nothing but which level comes first.
 */
export function positionsOf({ levels, scale }: Knob): number[] {
  const values = levels.map(({ value }) => (value === undefined ? Number.NaN : scale === 'log' ? Math.log(value) : value));
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (scale === undefined || !(high > low)) return levels.map((_, i) => (levels.length < 2 ? 0.5 : i / (levels.length - 1)));
  return values.map((value) => (value - low) / (high - low));
}
