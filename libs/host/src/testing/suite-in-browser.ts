import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  customMatchers,
  GLOBAL_EXPECT,
  getState,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect';
import { type File, startTests, type Task, type VitestRunner } from '@vitest/runner';

// What `vitest` is inside the browser: its own runner and its own matchers, without its server.

export { afterAll, afterEach, beforeAll, beforeEach, describe, it } from '@vitest/runner';

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);

export const expect = Object.assign(
  (value: unknown, message?: string): Chai.Assertion => chai.expect(value, message),
  chai.expect,
  Reflect.get(globalThis, ASYMMETRIC_MATCHERS_OBJECT),
);
Reflect.set(globalThis, GLOBAL_EXPECT, expect);
setState({ ...getState(expect), assertionCalls: 0, isExpectingAssertions: false }, expect);
// The plugin JestExtend has put it there.
(chai.expect as unknown as { extend(expect: unknown, matchers: unknown): void }).extend(expect, customMatchers);

/** One test that has run: `why` is empty when it passed. */
export interface RanTest {
  readonly name: string;
  readonly why: string;
}

/** Runs the tests that `load` registers. */
export async function runSuite(load: () => Promise<unknown>): Promise<readonly RanTest[]> {
  const files = await startTests(['suite'], runnerOf(load));
  return files.flatMap((file) => [...faultsOf(file), ...file.tasks.flatMap((task) => ranTests(task, []))]);
}

function runnerOf(load: () => Promise<unknown>): VitestRunner {
  return {
    config: {
      root: '/',
      setupFiles: [],
      name: undefined,
      passWithNoTests: false,
      testNamePattern: undefined,
      allowOnly: false,
      sequence: { seed: 1, hooks: 'stack', setupFiles: 'list' },
      chaiConfig: undefined,
      maxConcurrency: 1,
      testTimeout: 60_000,
      hookTimeout: 60_000,
      retry: 0,
      includeTaskLocation: false,
      tags: [],
      tagsFilter: undefined,
      strictTags: false,
    },
    importFile: async (_path, source) => {
      if (source === 'collect') await load();
    },
  };
}

// A file that throws while it is read has no tests to show it.
function faultsOf(file: File): RanTest[] {
  return (file.result?.errors ?? []).map((error) => ({ name: 'the suite itself', why: error.stack ?? error.message }));
}

function ranTests(task: Task, above: readonly string[]): RanTest[] {
  const names = [...above, task.name];
  if (task.type === 'suite') return task.tasks.flatMap((each) => ranTests(each, names));
  const errors = (task.result?.errors ?? []).map((error) => error.stack ?? error.message);
  const why = task.result?.state === 'pass' ? '' : errors.join('\n') || `it ended as ${task.result?.state ?? 'never run'}`;
  return [{ name: names.join(' > '), why }];
}
