import { fileURLToPath } from 'node:url';
import { runtimeHostContract } from '@fleetfit/runtime/testing';
import { describe, expect, it } from 'vitest';
import { type NodeHostOptions, nodeHost } from './node-host.ts';

// Sources run in the child through tsx; the apps give a bundled file.
const running = (entry: URL): NodeHostOptions => ({ entry: fileURLToPath(entry), execArgv: ['--import', 'tsx'] });
const contract = running(new URL('./children/contract.ts', import.meta.url));
const killed = running(new URL('./children/killed.ts', import.meta.url));

runtimeHostContract('a child process of node', () => nodeHost(contract));

describe('a child process of node', () => {
  it('tells the signal that killed it, as the kernel does when memory runs out', async () => {
    const one = await nodeHost(killed).isolate();
    expect(await one.next()).toMatchObject({ kind: 'ended', ending: { kind: 'crashed', why: expect.stringContaining('signal SIGKILL') } });
  });

  it('tells the memory of the child and not what its parent held when it was started', async () => {
    const held = new Uint8Array(400 * 2 ** 20).fill(1);
    const one = await nodeHost(contract).isolate();
    one.send({ do: 'hold', bytes: 1 });
    const answer = await one.next();
    const { peak } = (answer.kind === 'message' ? answer.value : {}) as { peak?: number };
    await one.end();
    // An empty node with the loader of sources takes some 100 MB.
    if (process.platform === 'linux') expect(peak).toBeLessThan(held.length);
  });

  it('says why one does not start', async () => {
    await expect(nodeHost({ entry: '/no/such/file.js' }).isolate()).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('/no/such/file.js'),
    });
  });
});
