import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Log, silent } from '@fleetfit/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findNatsServer } from './find-nats-server.ts';
import { processIsAlive } from './processes.ts';
import { startNatsServer } from './start-nats-server.ts';

const scratch = mkdtempSync(join(tmpdir(), 'fleetfit-nats-'));
const { signal } = new AbortController();
let bin = '';
beforeAll(async () => {
  bin = (await findNatsServer({ signal, log: silent, say: (sentence) => console.info(sentence) })).path;
}, 120_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const conf = (port = -1): string => `
  listen: "127.0.0.1:${port}"
  http: "127.0.0.1:-1"
  websocket { listen: "127.0.0.1:-1", no_tls: true }`;

describe('startNatsServer', () => {
  it('is ready when it returns: a client is greeted, the monitor says ok', async () => {
    const server = await startNatsServer({ bin, configText: conf(), folder: join(scratch, 'ready'), signal, log: silent });
    expect(await greeting(server.port)).toContain('INFO {');
    expect(await (await fetch(`http://127.0.0.1:${server.monitorPort}/healthz`)).json()).toEqual({ status: 'ok' });
    expect(server.websocketPort).toBeGreaterThan(0);
    await server.stop();
    await server.stop();
    expect(processIsAlive(server.pid)).toBe(false);
    expect(await server.ended).toMatchObject({ signal: null });
  });

  it('says in one sentence that the port is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => holder.once('listening', resolve));
    const { port } = holder.address() as { port: number };
    const starting = startNatsServer({ bin, configText: conf(port), folder: join(scratch, 'taken'), signal, log: silent });
    await expect(starting).rejects.toMatchObject({
      code: 'conflict',
      message: `Cannot start nats-server: 127.0.0.1:${port} is taken by another process`,
      next: expect.stringContaining('another port'),
    });
    holder.close();
  });

  it('says what is wrong in the configuration', async () => {
    const starting = startNatsServer({ bin, configText: 'listen: {', folder: join(scratch, 'wrong'), signal, log: silent });
    await expect(starting).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('Cannot start nats-server:') });
  });

  it('gives up starting when the signal says so', async () => {
    const never = join(scratch, 'never-ready');
    writeFileSync(never, '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
    const folder = join(scratch, 'cancelled');
    const starting = startNatsServer({ bin: never, configText: conf(), folder, signal: AbortSignal.timeout(50), log: silent });
    await expect(starting).rejects.toMatchObject({ code: 'cancelled' });
    expect(existsSync(join(folder, 'nats-server.pid'))).toBe(false); // it has ended
  });

  it('goes on when the signal comes later, so that its owner can stop others first', async () => {
    const abort = new AbortController();
    const server = await startNatsServer({ bin, configText: conf(), folder: join(scratch, 'abort'), signal: abort.signal, log: silent });
    abort.abort();
    expect(await greeting(server.port)).toContain('INFO {');
    await server.stop();
    expect(processIsAlive(server.pid)).toBe(false);
  });

  it('refuses a second server in one folder', async () => {
    const folder = join(scratch, 'twice');
    const server = await startNatsServer({ bin, configText: conf(), folder, signal, log: silent });
    await expect(startNatsServer({ bin, configText: conf(), folder, signal, log: silent })).rejects.toMatchObject({ code: 'conflict' });
    expect(processIsAlive(server.pid)).toBe(true);
    await server.stop();
  });

  it('passes warnings on to the log', async () => {
    const warned: unknown[] = [];
    const log: Log = { ...silent, warn: (_, fields) => warned.push(fields?.['said']) };
    const server = await startNatsServer({ bin, configText: conf(), folder: join(scratch, 'warns'), signal, log });
    await server.stop();
    expect(warned).toContain('Websocket not configured with TLS. DO NOT USE IN PRODUCTION!');
  });

  it.each(['exit', 'SIGINT', 'SIGTERM', 'SIGKILL'])('does not outlive an owner that ends by %s', async (how) => {
    const { owner, pid } = await startOwner(join(scratch, how), true);
    if (how === 'exit') owner.stdin.end();
    else owner.kill(how as NodeJS.Signals);
    await untilEnded(pid);
  });

  it('ends a server that a killed owner left behind, and takes its place', async () => {
    const folder = join(scratch, 'stale');
    const { owner, pid } = await startOwner(folder, false);
    owner.kill('SIGKILL');
    await new Promise((resolve) => owner.once('exit', resolve));
    expect(processIsAlive(pid)).toBe(true);
    const server = await startNatsServer({ bin, configText: conf(), folder, signal, log: silent });
    expect(processIsAlive(pid)).toBe(false);
    await server.stop();
    expect(existsSync(join(folder, 'nats-server.pid'))).toBe(false);
  });
});

type Owner = ChildProcessByStdio<Writable, Readable, null>;

/** Another process that starts a server in the folder; it exits when its stdin ends. The server logs to a file: a line for a reader who is gone would end it. */
async function startOwner(folder: string, tied: boolean): Promise<{ owner: Owner; pid: number }> {
  const script = `
    const { existsSync, readFileSync } = await import('node:fs');
    const log = ${JSON.stringify(join(folder, 'server.log'))};
    const { startChild } = await import(${JSON.stringify(new URL('./start-child.ts', import.meta.url).href)});
    const child = await startChild({
      name: 'nats-server', folder: ${JSON.stringify(folder)}, command: ${JSON.stringify(bin)}, args: ['-a', '127.0.0.1', '-p', '-1', '-l', log],
      ready: () => existsSync(log) && readFileSync(log, 'utf8').includes('Server is ready'),
      tied: ${tied}, signal: new AbortController().signal, readyMs: 10_000, graceMs: 5_000,
    });
    process.stdin.on('end', () => process.exit(0)).resume();
    console.log(String(child.pid));`;
  const owner = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const said = await new Promise<Buffer>((resolve, reject) => {
    owner.stdout.once('data', resolve);
    owner.once('exit', () => reject(new Error('the owner ended early')));
  });
  return { owner, pid: Number(said.toString()) };
}

async function greeting(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  const first = await new Promise<Buffer>((resolve, reject) => socket.once('data', resolve).once('error', reject));
  socket.destroy();
  return first.toString();
}

async function untilEnded(pid: number): Promise<void> {
  for (let tries = 0; processIsAlive(pid) && tries < 500; tries++) await sleep(20);
  expect(processIsAlive(pid)).toBe(false);
}
