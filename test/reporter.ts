import { writeFileSync } from 'node:fs';
import type { SerializedError } from 'vitest';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Counts the tests of a run for `.ci/run`, which names the file to write in `PEERTREE_TALLY`.
 *
 * A file that can't be loaded, a failed hook and an error outside of any test have no test case of their own, yet
 * they turn a run red: each counts as one failure, so that "0 failed" is never said of a red run.
 */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    let passed = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      failed += module.errors().length;
      for (const suite of module.children.allSuites()) failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed += 1;
        // A test that is still pending when the run ends was cut short.
        else if (state !== 'skipped') failed += 1;
      }
    }
    // All skipped is not a success: nothing was shown to work.
    if (passed + failed === 0) process.exitCode = 1;
    const path = process.env.PEERTREE_TALLY;
    if (path !== undefined) writeFileSync(path, `${passed} passed, ${failed} failed\n`);
  }
}
