import type { Goal } from '@fleetfit/search';
import type { Knob, Level, Point, Space } from '@fleetfit/space';
import { at, type CompressionProblem, GLOBAL_COUNTS, type Levels, type Problem } from './problem.ts';

/** The knobs of a problem as samplers see those of a model. */
interface ProblemSpace {
  readonly space: Space;
  levelsAt(point: Point): Levels;
}

/** The space of any problem: one knob for each dimension, every level of which writes a step of its own. */
export function spaceOfProblem({ counts, categorical }: Problem): ProblemSpace {
  const knobs = counts.map(
    (count, i): Knob => ({
      name: `k${i}`,
      label: `k${i}`,
      order: categorical[i] ? 'categorical' : 'ordinal',
      levels: Array.from({ length: count }, (_, level) => levelOf(level, { word: 'set', args: { knob: i, level } })),
    }),
  );
  return { space: { knobs }, levelsAt: (point) => knobs.map((knob) => indexAt(knob, point)) };
}

/** What is known of the roles of a layer: the word of their step, and which level does nothing. */
const ROLES = [
  { word: 'quantize-layer', key: 'bits', neutral: 4 },
  { word: 'prune-layer', key: 'level', neutral: 0 },
  { word: 'factorize-layer', key: 'level', neutral: 0 },
] as const;
const GLOBALS = ['calibrate', 'backend', 'layout'];

/** The space of a compression problem: layers with three roles, of which one level does nothing, and exact bytes; three knobs of the whole model. */
export function spaceOfCompression(problem: CompressionProblem): ProblemSpace & { readonly sizeOf: (point: Point) => number } {
  const layerKnobs = Array.from({ length: problem.layers }, (_, layer) =>
    ROLES.map(({ word, key, neutral }, role): Knob => {
      const levels = Array.from({ length: at(problem.counts, 3 * layer + role) }, (_unused, level): Level => {
        const only = { bits: role === 0 ? level : 4, prune: role === 1 ? level : 0, rank: role === 2 ? level : 0 };
        const step = level === neutral ? undefined : { word, args: { layer: `layer${layer}`, [key]: level } };
        return { ...levelOf(level, step), bytes: problem.layerSize(layer, only) };
      });
      return { name: `${word}-${layer}`, label: `${word} ${layer}`, order: 'ordinal', layer: `layer${layer}`, levels };
    }),
  ).flat();
  const globals = GLOBALS.map(
    (word, i): Knob => ({
      name: word,
      label: word,
      order: 'categorical',
      levels: Array.from({ length: at(GLOBAL_COUNTS, i) }, (_, level) => levelOf(level, { word, args: { level } })),
    }),
  );
  const knobs = [...layerKnobs, ...globals];
  const levelsAt = (point: Point): Levels => knobs.map((knob) => indexAt(knob, point));
  const sizeOf = (point: Point): number => problem.costs(levelsAt(point)).size;
  return { space: { knobs }, levelsAt, sizeOf };
}

/** What a sweep over a compression problem wants: with one objective the suite's scalar, with two its pair. */
export function goalOfCompression(problem: CompressionProblem, objectives: 1 | 2, deviceClass: string): Goal {
  const size = Array.from({ length: problem.layers }, (_, layer) => problem.layerSize(layer, { bits: 4, prune: 0, rank: 0 }));
  return {
    objectives: objectives === 1 ? ['accuracy'] : ['accuracy', 'latency'],
    limits: { size: problem.limits.size, ...(objectives === 1 && { latency: problem.limits.latency }) },
    original: { accuracy: 1, latency: { [deviceClass]: problem.uncompressedLatency }, size: size.reduce((sum, each) => sum + each, 0) },
    chance: 0,
  };
}

const levelOf = (
  level: number,
  step: { readonly word: string; readonly args: Readonly<Record<string, string | number>> } | undefined,
): Level => ({
  name: `${level}`,
  label: `${level}`,
  adds: { kind: 'steps', steps: step ? [step] : [] },
});

const indexAt = (knob: Knob, point: Point): number => knob.levels.findIndex((level) => level.name === point[knob.name]);
