import { describe, expect, it } from 'vitest';
import { assertNatsFloor, isLoopback } from './nats-floor.ts';

describe('assertNatsFloor', () => {
  it.each(['2.9.10', '2.11.30', '2.12.11', '2.13.9', '2.14.2', '1.4.1', 'nonsense'])('refuses %s where others can reach it', (version) => {
    expect(() => assertNatsFloor(version, { loopback: false })).toThrow(`Cannot listen for other machines with nats-server ${version}`);
    expect(() => assertNatsFloor(version, { loopback: true })).not.toThrow();
  });

  it.each(['2.12.12', '2.14.3', '2.15.0', '3.0.0', 'v2.14.10'])('lets %s pass', (version) => {
    expect(() => assertNatsFloor(version, { loopback: false })).not.toThrow();
  });
});

describe('isLoopback', () => {
  it('knows the addresses that only this machine reaches', () => {
    expect(['127.0.0.1', '127.9.9.9', 'localhost', '::1', '[::1]'].filter(isLoopback)).toHaveLength(5);
    expect(['0.0.0.0', '::', '10.0.0.1', '127.0.0.1.example.org', 'box'].filter(isLoopback)).toEqual([]);
  });
});
