import { FleetError, modelId, sweepId } from '@fleetfit/core';
import type { SweepRow } from '@fleetfit/sweep';
import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { describe, expect, it } from 'vitest';
import type { ModelView } from './library.ts';
import type { Invitation, Operations } from './operations.ts';
import { qrCode } from './qr-code.ts';
import { appRouter, createCaller, TRPC_PATH } from './router.ts';

const row = (done: number): SweepRow => ({
  id: sweepId('s1'),
  number: 1,
  name: 'first',
  state: 'running',
  model: 'cups',
  dataset: 'drinks',
  done,
  total: 12,
  startedAt: 0,
  endedAt: undefined,
});

const model: ModelView = {
  id: modelId('m1'),
  name: 'cups',
  addedAt: 0,
  state: { kind: 'ready' },
  bytes: 1,
  parameters: 1,
  opset: 17,
  inputs: [],
  outputs: [],
  operators: [],
  layers: [],
  sidecar: undefined,
  findings: [],
  warnings: [],
  evaluations: [],
};

/** A fleet of one sweep in memory; it notes what it was asked to do. */
function smallFleet() {
  const asked: unknown[] = [];
  const note = async (...what: unknown[]): Promise<void> => void asked.push(what);
  const none = () => Promise.reject(new FleetError('unsupported', 'Cannot do this: the small fleet has none'));
  async function* counting(signal: AbortSignal): AsyncGenerator<readonly SweepRow[]> {
    try {
      for (let done = 0; !signal.aborted; done++) yield [row(done)];
    } finally {
      asked.push(['stopped watching']);
    }
  }
  const broken = () =>
    Promise.reject(new FleetError('not-found', 'Cannot follow sweep s9: there is none', { next: 'fleetfit sweep list' }));
  const breaking = (): AsyncIterable<never> => ({ [Symbol.asyncIterator]: () => ({ next: broken }) });
  const operations: Operations = {
    health: async () => ({ version: '0.1.0', startedAt: 0, store: 'PGlite', natsVersion: '2.14.3', compressors: 1 }),
    listDevices: () => Promise.resolve([]),
    watchDevices: breaking,
    inviteDevice: async (invitation: Invitation) => {
      asked.push(['invite', invitation]);
      return {
        link: 'fleetfit://fleet.example:1/#x',
        phoneLink: 'https://fleet.example/j#x',
        code: 'K7QF-3M9P',
        qr: qrCode('x'),
        expiresAt: 1,
      };
    },
    approveDevice: (id) => note('approve', id),
    revokeDevice: (id) => note('revoke', id),
    renameDevice: (id, name) => note('rename', id, name),
    useThisComputer: (threads) => note('use this computer', threads),
    candidateDetail: none,
    tagDevice: (id, tags) => note('tag', id, tags),
    pauseDevice: (id) => note('pause', id),
    resumeDevice: (id) => note('resume', id),
    listModels: () => Promise.resolve([model]),
    showModel: () => Promise.resolve(model),
    addModel: () => Promise.resolve(model),
    addUploadedModel: () => Promise.resolve(model),
    examineModel: (id, dataset) => note('examine', id, dataset),
    prepareModelAs: (id, finding) => note('prepareAs', id, finding),
    addUploadedDataset: none,
    samplesOf: async () => ({ total: 0, images: [] }),
    adaptModel: async ({ id, dataset, settings }) => {
      await note('adapt', id, dataset);
      asked.push(['settings', settings]);
      return model;
    },
    evaluateModel: async () => {},
    watchModel: breaking,
    listDatasets: () => Promise.resolve([]),
    addDataset: none,
    watchDataset: breaking,
    listSweeps: () => Promise.resolve([row(3)]),
    watchSweeps: counting,
    showSweep: () => Promise.reject(new FleetError('not-found', 'Cannot show sweep s9: there is none', { next: 'fleetfit sweep list' })),
    watchSweep: breaking,
    startSweep: async (definition) => {
      asked.push(['start', definition]);
      throw new FleetError('conflict', 'Cannot start the sweep: no device is approved', { next: 'fleetfit device approve' });
    },
    pauseSweep: (id) => note('pause', id),
    resumeSweep: (id) => note('resume', id),
    extendSweep: (id, by) => note('extend', id, by),
    cancelSweep: (id) => note('cancel', id),
    exportsOf: () => Promise.resolve([]),
    estimateSweep: none,
    limitSweep: (id, limits) => note('limit', id, limits),
    overviewOf: none,
    watchOverview: breaking,
    candidateWindow: (id, query) => note('rows', id, query).then(() => ({ revision: '1', total: 0, rows: [] })),
    candidateOf: none,
    crowdOf: none,
    knobLinesOf: none,
    timelineOf: none,
    compareCandidates: none,
    portfolioOf: () => Promise.resolve(undefined),
    whatIf: none,
  };
  return { operations, asked };
}

const ask = (operations: Operations, path: string, init?: RequestInit) =>
  fetchRequestHandler({
    endpoint: TRPC_PATH,
    req: new Request(`http://localhost${TRPC_PATH}/${path}`, init),
    router: appRouter,
    createContext: () => ({ operations }),
  });

const errorOf = async (response: Response): Promise<unknown> => {
  const body: unknown = await response.json();
  return typeof body === 'object' && body !== null && 'error' in body ? body.error : body;
};

const post = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

describe('the router', () => {
  it('passes a command on with every default filled in', async () => {
    const { operations, asked } = smallFleet();
    await createCaller({ operations }).devices.invite({});
    await createCaller({ operations }).sweeps.extend({ id: 's1', by: 10 });
    expect(asked).toEqual([
      ['invite', { uses: 1, minutes: 10, autoApprove: false, tags: [] }],
      ['extend', 's1', 10],
    ]);
  });

  it('asks for a window of rows with every default filled in', async () => {
    const { operations, asked } = smallFleet();
    await createCaller({ operations }).sweeps.rows({ id: 's1', order: { by: { latencyOn: 'pi' } } });
    expect(asked).toEqual([
      ['rows', 's1', { filter: 'all', text: '', order: { by: { latencyOn: 'pi' }, descending: false }, offset: 0, limit: 100 }],
    ]);
  });

  it('sends whole views under ids that count up, and stops the source when the watcher leaves', async () => {
    const { operations, asked } = smallFleet();
    const left = new AbortController();
    const seen: unknown[] = [];
    for await (const envelope of await createCaller({ operations }, { signal: left.signal }).sweeps.watch()) {
      seen.push(Object.values(envelope).slice(0, 2));
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([
      ['1', [row(0)]],
      ['2', [row(1)]],
      ['3', [row(2)]],
    ]);
    expect(asked).toEqual([['stopped watching']]);
  });

  it('sends views as server-sent events over HTTP', async () => {
    const { operations } = smallFleet();
    const left = new AbortController();
    const response = await ask(operations, 'sweeps.watch', { signal: left.signal, headers: { accept: 'text/event-stream' } });
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('id: 2')) text += (await reader?.read())?.value ?? '';
    left.abort();
    await reader?.cancel();
    expect(text).toContain('"done":1');
  });
});

describe('errors on their way out', () => {
  it('keep their sentence, their own code and what to do next', async () => {
    const { operations } = smallFleet();
    const response = await ask(operations, `sweeps.show?input=${encodeURIComponent('{"id":"s9"}')}`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: {
        message: 'Cannot show sweep s9: there is none',
        data: { code: 'NOT_FOUND', fleetCode: 'not-found', next: 'fleetfit sweep list' },
      },
    });
  });

  it('keep their code inside a stream too', async () => {
    const { operations } = smallFleet();
    const watched = await createCaller({ operations }).devices.watch();
    await expect(watched[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'NOT_FOUND', cause: { code: 'not-found' } });
  });

  it('name the field that is wrong instead of printing JSON', async () => {
    const { operations, asked } = smallFleet();
    const response = await ask(operations, 'sweeps.start', post({ model: 'cups', dataset: 'drinks', candidates: 0 }));
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({
      message: expect.stringMatching(/^Cannot take this input: candidates: /),
      data: { fleetCode: 'invalid' },
    });
    expect(asked).toEqual([]);
  });

  it('refuse an id that could be a path before any operation sees it', async () => {
    const { operations, asked } = smallFleet();
    const response = await ask(operations, 'sweeps.pause', post({ id: '../../etc' }));
    expect(await errorOf(response)).toMatchObject({ data: { code: 'BAD_REQUEST', fleetCode: 'invalid' } });
    expect(asked).toEqual([]);
  });

  it('do not tell the names of our files', async () => {
    const { operations } = smallFleet();
    const broken: Operations = { ...operations, listModels: () => Promise.reject(new TypeError('x is not a function')) };
    const response = await ask(broken, 'models.list');
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).toContain('x is not a function');
    expect(text).not.toContain('.ts');
  });
});
