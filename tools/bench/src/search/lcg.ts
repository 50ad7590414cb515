/** Uniform numbers in [0, 1) from the linear congruential generator that every problem of the suite is made with. */
export function lcg(seed: number): () => number {
  let state = (seed * 2654435761 + 1) % 2 ** 32;
  const next = (): number => {
    state = (1664525 * state + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
  for (let i = 0; i < 8; i++) next();
  return next;
}
