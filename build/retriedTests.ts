import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase } from 'vitest/node';

/**
 * Keeps the tests that passed only when they were tried again, with what failed first, as JSON in a file: `npm test` lists
 * them, so that a fault which comes and goes is never hidden by its second try.
 */
export function retriedTests(file: string): Reporter {
  const retried: { test: string; firstFailure: string }[] = [];
  return {
    onTestCaseResult(test: TestCase) {
      if (!test.diagnostic()?.flaky) return;
      const firstFailure = test.result().errors?.[0]?.message ?? 'no reason told';
      retried.push({ test: `${test.module.relativeModuleId} > ${test.fullName}`, firstFailure });
    },
    onTestRunEnd() {
      writeFileSync(file, JSON.stringify(retried));
    },
  };
}
