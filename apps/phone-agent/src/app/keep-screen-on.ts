import type { AppState } from './app-state.ts';

/** Keeps the screen on while `wanted` says so, with the Screen Wake Lock API; asks again each time the page comes back into view. */
export function keepScreenOn(tell: (screen: AppState['screen']) => void, signal: AbortSignal): (wanted: boolean) => void {
  let wanted = false;
  let lock: WakeLockSentinel | undefined;
  let asking = false;
  const update = async (): Promise<void> => {
    if (!('wakeLock' in navigator)) return tell('cannot be kept on');
    if (!wanted || document.visibilityState === 'hidden') return void (await lock?.release());
    if (asking || (lock && !lock.released)) return;
    asking = true;
    try {
      lock = await navigator.wakeLock.request('screen');
      lock.addEventListener('release', () => tell('may go off'));
      tell('kept on');
    } catch {
      tell('cannot be kept on'); // low battery, or forbidden by policy
    } finally {
      asking = false;
    }
  };
  document.addEventListener('visibilitychange', () => void update(), { signal });
  signal.addEventListener('abort', () => void lock?.release(), { once: true });
  return (want) => {
    wanted = want;
    void update();
  };
}
