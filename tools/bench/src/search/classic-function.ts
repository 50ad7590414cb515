import { lcg } from './lcg.ts';
import { at, type Levels, type Problem } from './problem.ts';

interface Formula {
  readonly low: number;
  readonly high: number;
  /** Whether its optimum is the centre of the box, where some samplers begin: it is then moved off. */
  readonly centred: boolean;
  of(x: readonly number[]): number;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const overPairs = (x: readonly number[], term: (a: number, b: number) => number): number =>
  sum(x.slice(1).map((b, i) => term(at(x, i), b)));

/** The ten functions of TTOpt (Sozykin et al., NeurIPS 2022). The smallest value is 0, of michalewicz in ten dimensions -9.66015. */
export const FORMULAS: Readonly<Record<string, Formula>> = {
  ackley: {
    low: -32.768,
    high: 32.768,
    centred: true,
    of: (x) =>
      -20 * Math.exp(-0.2 * Math.sqrt(sum(x.map((v) => v * v)) / x.length)) -
      Math.exp(sum(x.map((v) => Math.cos(2 * Math.PI * v))) / x.length) +
      20 +
      Math.E,
  },
  alpine: { low: -10, high: 10, centred: true, of: (x) => sum(x.map((v) => Math.abs(v * Math.sin(v) + 0.1 * v))) },
  brown: {
    low: -1,
    high: 4,
    centred: false,
    of: (x) => overPairs(x, (a, b) => (a * a) ** (b * b + 1) + (b * b) ** (a * a + 1)),
  },
  exponential: { low: -1, high: 1, centred: true, of: (x) => 1 - Math.exp(-0.5 * sum(x.map((v) => v * v))) },
  griewank: {
    low: -100,
    high: 100,
    centred: true,
    of: (x) => sum(x.map((v) => v * v)) / 4000 - x.reduce((product, v, i) => product * Math.cos(v / Math.sqrt(i + 1)), 1) + 1,
  },
  michalewicz: {
    low: 0,
    high: Math.PI,
    centred: false,
    of: (x) => -sum(x.map((v, i) => Math.sin(v) * Math.sin(((i + 1) * v * v) / Math.PI) ** 20)),
  },
  qing: { low: 0, high: 500, centred: false, of: (x) => sum(x.map((v, i) => (v * v - (i + 1)) ** 2)) },
  rastrigin: { low: -5.12, high: 5.12, centred: true, of: (x) => sum(x.map((v) => v * v - 10 * Math.cos(2 * Math.PI * v) + 10)) },
  schaffer: {
    low: -100,
    high: 100,
    centred: true,
    of: (x) => overPairs(x, (a, b) => 0.5 + (Math.sin(Math.hypot(a, b)) ** 2 - 0.5) / (1 + 0.001 * (a * a + b * b)) ** 2),
  },
  schwefel: { low: 0, high: 500, centred: false, of: (x) => 418.9829 * x.length - sum(x.map((v) => v * Math.sin(Math.sqrt(Math.abs(v))))) },
};

/** One of the functions on a grid of `points` in each of ten dimensions. Undefined for a name that is not there. */
export function classicFunction(name: string, points: number): Problem | undefined {
  const formula = FORMULAS[name];
  if (!formula) return undefined;
  const { low, high, centred, of } = formula;
  const next = lcg(777);
  const shift = Array.from({ length: 10 }, () => (next() - 0.5) * 0.2 * (high - low) * (centred ? 1 : 0));
  const counts = shift.map(() => points);
  const objective = (x: Levels): number => of(x.map((level, i) => low + ((high - low) * level) / (points - 1) - at(shift, i)));
  return { name: `${name}_n${points}`, counts, categorical: counts.map(() => false), noise: 0, objective };
}
