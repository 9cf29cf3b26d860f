import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lintChecks, runChecks, typeChecks } from './check.mjs';
import { root, runOnPinnedNode, toolFile } from './node24.mjs';
import { setUpMachine } from './testMachine.mjs';

/*
 * npm test: sets up what the tests need, checks types, lint and format, builds, and runs every test (the import rules are one
 * of them). Arguments go to vitest: `npm test -- --project windows`. The last line counts everything.
 */

runOnPinnedNode(import.meta.url);

const unavailable = setUpMachine();
// Takes a minute or two where it was never made, most of it for packages to come; meanwhile there is enough to do.
const rootMade = makeLabRoots();
const build = ['build', [join(root, 'build', 'bundle.ts')]];
const checks = await runChecks([build, ...lintChecks().slice(0, 1), ...typeChecks(), ...lintChecks().slice(1)]);
const failedChecks = checks.filter((check) => !check.ok).map((check) => check.name);

const whyNoRoot = await rootMade;
if (whyNoRoot !== undefined) unavailable.push(`${whyNoRoot}; skipped: tests with nodes that boot`);

const resultFolder = mkdtempSync(join(tmpdir(), 'put-test-'));
// Once more for a test that fails, and it is listed at the end: on a machine that does other work one of thousands may be late.
const vitest = spawnSync(process.execPath, [toolFile('vitest'), 'run', '--retry=1', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PUT_TEST_REPORT: resultFolder },
});

/** Makes the shared roots of the lab's nodes where this machine can; answers why there is none for nodes that boot. */
function makeLabRoots() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return Promise.resolve(undefined);
  return new Promise((done) => {
    const child = spawn(process.execPath, [join(root, 'lab', 'main.ts'), 'root'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
    child.on('close', (code) => done(code === 0 ? undefined : said.trim().split('\n').at(-1)));
  });
}

const readResult = (name) => JSON.parse(readFileSync(join(resultFolder, name), 'utf8'));

/** Counts from vitest's own report; a file that could not be read at all is one failure. */
function countTests() {
  try {
    const report = readResult('vitest.json');
    const unreadable = report.testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.length === 0,
    );
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests + unreadable.length,
      skipped: report.numPendingTests + report.numTodoTests,
      retried: readResult('retried.json'),
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0, retried: [] };
  } finally {
    rmSync(resultFolder, { recursive: true, force: true });
  }
}

const counts = countTests();
for (const { test, firstFailure } of counts.retried) {
  console.log(`Passed at the second try only: ${test} (first: ${firstFailure.split('\n')[0]})`);
}
for (const line of unavailable) console.log(line);
if (failedChecks.length > 0) console.log(`Failed besides the tests: ${failedChecks.join(', ')}`);
const failed = counts.failed + failedChecks.length;
console.log(`${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped`);
process.exitCode = failed === 0 && vitest.status === 0 ? 0 : 1;
