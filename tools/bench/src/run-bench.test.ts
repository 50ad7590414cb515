import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { atLeast, atMost, type Bench } from './bench.ts';
import { type Options, parseOptions } from './options.ts';
import { failed, type Report, runBench } from './run-bench.ts';

const folder = mkdtempSync(join(tmpdir(), 'fleetfit-bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const around = { signal: new AbortController().signal, say: () => {} };
const plain: Options = { bench: 'numbers', json: undefined, only: [], quick: false, resume: false };

/** Two rows that count how often they were measured. */
function numbers(): { bench: Bench; measured: string[] } {
  const measured: string[] = [];
  const row = (name: string, value: number) => ({ name, measure: async () => ({ value: (measured.push(name), value) }) });
  const figure = (name: string) => ({ name: `${name} is right`, row: name, field: 'value', unit: 'ms' });
  const bench: Bench = {
    about: 'two numbers',
    rows: [row('small', 1), { ...row('large', 100), long: true }],
    checks: (rows) => [atMost(rows, figure('small'), 10), atLeast(rows, figure('large'), 50)],
  };
  return { bench, measured };
}

describe('runBench', () => {
  it('measures every row and judges', async () => {
    const report = await runBench(numbers().bench, plain, around);
    expect(report.checks).toEqual([
      { name: 'small is right', value: 1, unit: 'ms', target: '<= 10', holds: true },
      { name: 'large is right', value: 100, unit: 'ms', target: '>= 50', holds: true },
    ]);
    expect(report.machine.cores).toBeGreaterThan(0);
    expect(failed(report)).toBe(false);
  });

  it('does not judge what was left out, and says why', async () => {
    for (const options of [
      { ...plain, only: ['small'] },
      { ...plain, quick: true },
    ]) {
      const report = await runBench(numbers().bench, options, around);
      expect(report.checks[1]).toEqual({
        name: 'large is right',
        value: null,
        unit: 'ms',
        target: '>= 50',
        holds: 'not judged',
        reason: 'row "large" was not measured',
      });
      expect(failed(report)).toBe(false);
    }
    expect((await runBench(numbers().bench, { ...plain, only: ['l*e'] }, around)).rows.map((row) => row.name)).toEqual(['large']);
    await expect(runBench(numbers().bench, { ...plain, only: ['huge'] }, around)).rejects.toThrow('this bench has small, large');
  });

  it('fails when a check does not hold or a row cannot be measured, and stores the other rows', async () => {
    const { bench } = numbers();
    const [small, large] = bench.rows;
    if (!small || !large) throw new Error('there are two rows');
    const slow = { ...bench, rows: [{ ...small, measure: async () => ({ value: 11 }) }, large] };
    expect(failed(await runBench(slow, plain, around))).toBe(true);
    const json = join(folder, 'broken.json');
    const broken = { ...bench, rows: [{ ...small, measure: async () => Promise.reject(new Error('no disk')) }, large] };
    const report = await runBench(broken, { ...plain, json }, around);
    expect(failed(report)).toBe(true);
    expect(report.checks[0]).toMatchObject({ holds: 'not judged', reason: 'row "small" failed: no disk' });
    expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual(report);
  });

  it('goes on where it was interrupted, on the same machine only', async () => {
    const json = join(folder, 'resume.json');
    const first = numbers();
    await runBench(first.bench, { ...plain, json, only: ['small'] }, around);
    const second = numbers();
    const report = await runBench(second.bench, { ...plain, json, resume: true }, around);
    expect(second.measured).toEqual(['large']);
    expect(report.rows.map((row) => row.name)).toEqual(['small', 'large']);
    const stored = JSON.parse(readFileSync(json, 'utf8')) as Report;
    writeFileSync(json, JSON.stringify({ ...stored, machine: { ...stored.machine, cpu: 'another' } }));
    const third = numbers();
    await runBench(third.bench, { ...plain, json, resume: true }, around);
    expect(third.measured).toEqual(['small', 'large']);
  });

  it('stops between rows when it is told to', async () => {
    await expect(runBench(numbers().bench, plain, { ...around, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('parseOptions', () => {
  it('takes the bench and its options', () => {
    expect(parseOptions(['onnx', '--json', 'f.json', '--only', 'a', '--only', 'b', '--quick', '--resume'])).toEqual({
      bench: 'onnx',
      json: 'f.json',
      only: ['a', 'b'],
      quick: true,
      resume: true,
    });
  });

  it('refuses what makes no sense in a sentence', () => {
    expect(() => parseOptions([])).toThrow('exactly one bench must be named');
    expect(() => parseOptions(['onnx', '--resume'])).toThrow('--resume needs --json FILE');
    expect(() => parseOptions(['onnx', '--fast'])).toThrow("Unknown option '--fast'");
  });
});
