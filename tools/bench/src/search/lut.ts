import { lcg } from './lcg.ts';
import { at, type Levels, type Problem } from './problem.ts';

/** Categorical knobs without order: random tables of single knobs, of twice as many pairs (not neighbours) and of as many triples. */
export function lut({ knobs, levels, seed }: { readonly knobs: number; readonly levels: number; readonly seed: number }): Problem {
  const next = lcg(seed * 1000 + knobs);
  const bell = (): number => {
    let sum = 0;
    for (let i = 0; i < 12; i++) sum += next();
    return sum - 6;
  };
  const table = (size: number): Float64Array => Float64Array.from({ length: size }, bell);
  const knob = (): number => Math.floor(next() * knobs);
  const singles = Array.from({ length: knobs }, () => table(levels));
  const pairs = Array.from({ length: 2 * knobs }, () => ({ a: knob(), b: knob(), table: table(levels ** 2) }));
  const triples = Array.from({ length: knobs }, () => ({ a: knob(), b: knob(), c: knob(), table: table(levels ** 3) }));
  const objective = (x: Levels): number => {
    let sum = 0;
    for (const [i, single] of singles.entries()) sum += at(single, at(x, i));
    for (const { a, b, table: values } of pairs) sum += at(values, at(x, a) * levels + at(x, b));
    for (const { a, b, c, table: values } of triples) sum += at(values, (at(x, a) * levels + at(x, b)) * levels + at(x, c));
    return sum;
  };
  const counts = Array.from({ length: knobs }, () => levels);
  return { name: `lut${knobs}k${levels}_s${seed}`, counts, categorical: counts.map(() => true), noise: 0, objective };
}
