import { blobKeeper } from '@fleetfit/artifacts/web';
import { toFleetError } from '@fleetfit/core';
import { clockResolution } from '@fleetfit/measure';
import { webEnrollmentClient } from '@fleetfit/rpc/web';
import { ORT_VERSION, probeProviders, threadsHere, webHost } from '@fleetfit/runtime-web';
import { BUILD } from '../build.ts';
import { AGENT_VERSION, describeBrowser } from '../device/browser-facts.ts';
import { watchSurroundings } from '../device/surroundings.ts';
import { webTime } from '../device/web-time.ts';
import type { SelfTestAnswer } from '../self-test-worker.ts';

/** One thing that was looked at. `no` keeps the phone from measuring; `less` only from measuring as well as it could. */
export interface Check {
  readonly name: string;
  readonly found: 'ok' | 'less' | 'no';
  readonly what: string;
}

const LONGEST_MS = 20_000;

/** Each check by its name, so that a page can show what is still running. */
export const CHECKS: readonly (readonly [name: string, run: () => Promise<Omit<Check, 'name'>>])[] = [
  ['Browser', browser],
  ['Secure page', async () => (isSecureContext ? ok('yes') : no('no: open the link that begins with https'))],
  ['Isolation', isolation],
  ['Clock', clock],
  ['onnxruntime on wasm', wasm],
  ['WebGPU', () => provider('webgpu')],
  ['WebNN', () => provider('webnn')],
  ['Screen', wakeLock],
  ['Battery and heat', sensors],
  ['Database', database],
  ['Cache', cache],
  ['Key', key],
  ['Service worker', serviceWorker],
  ['gRPC-Web', grpcWeb],
  ['NATS', nats],
];

/** Runs one check; whatever it throws is what was found. */
export async function runCheck(name: string, run: () => Promise<Omit<Check, 'name'>>): Promise<Check> {
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error(`nothing came in ${LONGEST_MS / 1000} s`)), LONGEST_MS));
  return Promise.race([run(), late]).then(
    (found) => ({ name, ...found }),
    (thrown: unknown) => ({ name, ...no(toFleetError(thrown, 'it failed').message) }),
  );
}

/** As text for a bug report. It names no address and no key. */
export function reportOf(checks: readonly Check[]): string {
  return [
    `Fleetfit self-test, agent ${AGENT_VERSION}, onnxruntime-web ${ORT_VERSION}`,
    ...checks.map(({ name, found, what }) => `[${found}] ${name}: ${what}`),
  ].join('\n');
}

type Found = Omit<Check, 'name'>;
const ok = (what: string): Found => ({ found: 'ok', what });
const less = (what: string): Found => ({ found: 'less', what });
const no = (what: string): Found => ({ found: 'no', what });

async function browser(): Promise<Found> {
  const { facts } = await describeBrowser({ name: undefined, provider: undefined, threads: undefined }, 'self-test');
  return ok(`${facts.os}, ${facts.cpu}, ${navigator.hardwareConcurrency} cores`);
}

const threadsShown = (count: number): string => `${count} ${count === 1 ? 'thread' : 'threads'}`;

async function isolation(): Promise<Found> {
  if (crossOriginIsolated) return ok(`yes: ${threadsShown(threadsHere())} by default`);
  return less('no: one thread, and a coarse clock. Old browsers and pages opened inside another app are not isolated');
}

async function clock(): Promise<Found> {
  const step = clockResolution(webTime);
  const shown = `steps of ${step.toFixed(4)} ms; short runs are timed in batches of 20 steps`;
  return step <= 0.02 ? ok(shown) : less(shown);
}

async function wasm(): Promise<Found> {
  const worker = await webHost({ entry: BUILD.selfTestWorker, name: 'self-test' }).isolate();
  try {
    worker.send({ files: BUILD.onnxruntime, threads: crossOriginIsolated ? threadsHere() : 1 });
    const next = await worker.next();
    if (next.kind === 'ended') return no(next.ending.why);
    const { right, openMs, threads } = next.value as SelfTestAnswer;
    return right
      ? ok(`ran a model with ${threadsShown(threads)}; it opened in ${Math.round(openMs)} ms`)
      : no('it ran a model, and the answer was wrong');
  } finally {
    await worker.end();
  }
}

async function provider(wanted: 'webgpu' | 'webnn'): Promise<Found> {
  const probed = (await probeProviders()).find((each) => each.provider === wanted);
  if (probed?.there) return ok(`${probed.what}. Choose it with ?provider=${wanted} in the link`);
  return less(`not run: ${probed?.what ?? 'unknown'}`);
}

async function wakeLock(): Promise<Found> {
  if (!('wakeLock' in navigator)) return less('this browser cannot keep it on');
  const lock = await navigator.wakeLock.request('screen').catch((error: unknown) => error);
  if (!(lock instanceof WakeLockSentinel)) return less(`it could not be kept on: ${String(lock)}`);
  await lock.release();
  return ok('can be kept on');
}

async function sensors(): Promise<Found> {
  const stop = new AbortController();
  const now = watchSurroundings(() => {}, stop.signal);
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { battery, metered } = now();
  stop.abort();
  const parts = [
    battery ? `battery ${Math.round(100 * battery.level)} %${battery.charging ? ', charging' : ''}` : 'battery not told',
    'heat is told by no browser: the original is timed between runs instead',
    metered ? 'metered network' : 'network not metered, as far as told',
  ];
  return battery ? ok(parts.join('; ')) : less(parts.join('; '));
}

async function database(): Promise<Found> {
  const { openDatabase } = await import('../keeping/open-database.ts');
  const opened = await openDatabase('fleetfit-self-test');
  await opened.put('device', 'probe', 1);
  const kept = (await opened.get('device', 'probe')) === 1;
  await opened.clear();
  opened.close();
  return kept ? ok('keeps what it is given') : no('it lost what it was given');
}

async function cache(): Promise<Found> {
  const { quota = 0, usage = 0 } = await navigator.storage.estimate();
  const worker = new Worker(BUILD.blobsWorker, { type: 'module' });
  try {
    const held = await blobKeeper(worker).held();
    const lasting = await navigator.storage.persisted();
    const shown = `holds ${megabytes(held)}; the browser gives ${megabytes(quota)} and has ${megabytes(usage)} in use`;
    return lasting ? ok(`${shown}; it lasts`) : less(`${shown}; the browser may clear it when space is short`);
  } finally {
    worker.terminate();
  }
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

async function key(): Promise<Found> {
  const made = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']).then(
    () => 'Ed25519',
    () => 'P-256, since this browser has no Ed25519',
  );
  return ok(`${made}; it cannot be read out of the browser`);
}

async function serviceWorker(): Promise<Found> {
  if (!('serviceWorker' in navigator)) return less('this browser has none here');
  try {
    await navigator.serviceWorker.register('/service-worker.js');
    return ok('registered: the page can be installed');
  } catch (thrown) {
    return less(`${thrown instanceof Error ? thrown.message : String(thrown)} See /trust`);
  }
}

async function grpcWeb(): Promise<Found> {
  const client = webEnrollmentClient(location.origin);
  const before = performance.now();
  try {
    await client.challenge({}, AbortSignal.timeout(LONGEST_MS));
    return ok(`the coordinator answered in ${Math.round(performance.now() - before)} ms`);
  } finally {
    client.close();
  }
}

/** The server greets with INFO before anybody says who he is. */
function nats(): Promise<Found> {
  const before = performance.now();
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/nats`);
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }) => {
      const text = data instanceof ArrayBuffer ? new TextDecoder().decode(data) : String(data);
      socket.close(1000);
      if (text.startsWith('INFO')) resolve(ok(`the message server greeted in ${Math.round(performance.now() - before)} ms`));
      else reject(new Error('something else than a message server answered'));
    });
    socket.addEventListener('error', () => reject(new Error('the WebSocket could not be opened')));
  });
}
