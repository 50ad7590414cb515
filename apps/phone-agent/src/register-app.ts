import type { AppState } from './app/app-state.ts';

/**
 * Registers the service worker, by which the page can be installed. A browser takes none from an origin whose certificate it does not
 * trust, which is how a page can tell.
 */
export async function registerServiceWorker(): Promise<AppState['certificate']> {
  if (!('serviceWorker' in navigator)) return 'not known';
  try {
    await navigator.serviceWorker.register('/service-worker.js');
    return 'trusted';
  } catch (thrown) {
    return location.protocol === 'https:' && thrown instanceof DOMException && thrown.name === 'SecurityError'
      ? 'not trusted'
      : 'not known';
  }
}
