import { BUILD } from './build.ts';

// Opens the page fast, and says something when the coordinator is away. It touches nothing but the files of the page.

/** The part of a service worker's global scope that is used here. */
interface Scope {
  addEventListener(type: 'install' | 'activate', take: (event: { waitUntil(work: Promise<unknown>): void }) => void): void;
  addEventListener(type: 'fetch', take: (event: { readonly request: Request; respondWith(answer: Promise<Response>): void }) => void): void;
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  readonly location: Location;
}
const scope = globalThis as unknown as Scope;

/** Named after what is in it: another build has another cache. */
const CACHE = `fleetfit-${BUILD.shell.join(' ').length}-${BUILD.shell.map((path) => /-(\w{8})\./.exec(path)?.[1] ?? '').join('')}`;

scope.addEventListener('install', (event) => event.waitUntil(fill()));
scope.addEventListener('activate', (event) => event.waitUntil(dropOld()));
scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== scope.location.origin) return;
  if (url.pathname.startsWith('/assets/')) event.respondWith(fromCacheFirst(request));
  // A page that is to be without isolation comes from the server alone: the kept one has the isolating headers.
  else if (request.mode === 'navigate' && !url.searchParams.has('isolated')) event.respondWith(fromNetworkFirst(request));
});

async function fill(): Promise<void> {
  await (await caches.open(CACHE)).addAll(BUILD.shell);
  await scope.skipWaiting();
}

async function dropOld(): Promise<void> {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
  await scope.clients.claim();
}

async function fromCacheFirst(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

async function fromNetworkFirst(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (thrown) {
    const kept = await caches.match('/');
    if (kept) return kept;
    throw thrown;
  }
}
