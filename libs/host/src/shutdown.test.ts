import { EventEmitter } from 'node:events';
import { type Log, silent } from '@fleetfit/core';
import { describe, expect, it } from 'vitest';
import { openShutdown } from './shutdown.ts';

function setUp(options: { graceMs?: number; log?: Log } = {}) {
  const signals = new EventEmitter();
  const exits: (number | string | null | undefined)[] = [];
  const exit = (code?: number | string | null): never => {
    exits.push(code);
    return undefined as never;
  };
  const host = { on: signals.on.bind(signals), exit } as unknown as Pick<NodeJS.Process, 'on' | 'exit'>;
  return { signals, exits, shutdown: openShutdown({ log: silent, ...options, host }) };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe('openShutdown', () => {
  it('stops in reverse order, once, and exits with 0', async () => {
    const { signals, exits, shutdown } = setUp();
    const order: string[] = [];
    for (const name of ['store', 'nats', 'http'])
      shutdown.onStop(name, async () => {
        await settled();
        order.push(name);
      });
    expect(shutdown.state).toBe('running');
    signals.emit('SIGTERM');
    expect(shutdown.signal.aborted).toBe(true);
    expect(shutdown.state).toBe('stopping');
    await shutdown.run('again');
    await settled();
    expect(order).toEqual(['http', 'nats', 'store']);
    expect(exits).toEqual([0]);
    expect(shutdown.state).toBe('stopped');
  });

  it('goes on when one part throws or hangs, says which, and exits with 1', async () => {
    const failed: unknown[] = [];
    const { exits, signals, shutdown } = setUp({ graceMs: 10, log: { ...silent, error: (_, fields) => failed.push(fields?.['name']) } });
    const stopped: string[] = [];
    shutdown.onStop('first', () => void stopped.push('first'));
    shutdown.onStop('hangs', () => new Promise(() => {}));
    shutdown.onStop('throws', () => {
      throw new Error('no');
    });
    signals.emit('SIGINT');
    expect(await shutdown.run('')).toBe(false);
    await settled();
    expect(stopped).toEqual(['first']);
    expect(failed).toEqual(['throws', 'hangs']);
    expect(exits).toEqual([1]);
  });

  it('exits at once on a second signal', () => {
    const { signals, exits, shutdown } = setUp();
    shutdown.onStop('slow', () => settled());
    signals.emit('SIGINT');
    signals.emit('SIGINT');
    expect(exits).toEqual([130]);
  });

  it('stops everything after an error that nothing caught', async () => {
    const { signals, exits, shutdown } = setUp();
    const stopped: string[] = [];
    shutdown.onStop('nats', () => void stopped.push('nats'));
    signals.emit('uncaughtException', new Error('boom'));
    await settled();
    expect(stopped).toEqual(['nats']);
    expect(exits).toEqual([1]);
  });

  it('takes nothing more once it is stopping', async () => {
    const { shutdown } = setUp();
    await shutdown.run('test');
    expect(() => shutdown.onStop('late', () => {})).toThrow('Cannot register late: the process is stopping');
  });
});
