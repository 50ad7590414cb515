let last: Promise<unknown> = Promise.resolve();

/**
 * Runs what touches the wasm module of this worker one after the other. The module keeps the weights of the model that is being opened
 * under their names alone, so that two models opened at the same time would get each other's; and on a GPU it cannot be entered twice.
 */
export function oneAtATime<Value>(work: () => Promise<Value>): Promise<Value> {
  const mine = last.then(work);
  last = mine.catch(() => {});
  return mine;
}
