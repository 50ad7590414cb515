const TRIES = 5;
const BETWEEN_MS = 300;

/** Makes this tab the one that measures, until it is closed; false where another tab is. A page that was just loaded again waits for its predecessor. */
export async function holdTab(): Promise<boolean> {
  if (!('locks' in navigator)) return true;
  for (let tries = 0; tries < TRIES; tries++) {
    if (await takeLock()) return true;
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
  }
  return false;
}

function takeLock(): Promise<boolean> {
  return new Promise((resolve) => {
    void navigator.locks.request('fleetfit-agent', { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      // Held for as long as the page lives.
      return lock ? new Promise<never>(() => {}) : undefined;
    });
  });
}
