import { parseArgs } from 'node:util';
import { fuzz, type FuzzTarget } from './fuzz.ts';
import { keepSeed } from './fuzzFiles.ts';

/** A read that takes longer is a finding. */
const SLOW_MS = 2_000;

/**
 * The command line of a fuzzing program over these targets: `--seconds N --target NAME|all --seed N`. Prints one JSON line a
 * target and keeps the input of a finding in core/testing/seeds; the exit code is 1 when there was one, 2 for a wrong option.
 */
export async function runFuzzCommand(all: readonly FuzzTarget[]): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '10' },
      target: { type: 'string', default: 'all' },
      seed: { type: 'string', default: String(Date.now() % 0x1_0000_0000) },
    },
  });
  const chosen = all.filter((target) => values.target === 'all' || target.name === values.target);
  const seconds = Number(values.seconds);
  const firstSeed = Number(values.seed);
  if (chosen.length === 0 || !(seconds > 0) || !Number.isInteger(firstSeed)) {
    process.stderr.write(`--target all|${all.map((target) => target.name).join('|')} --seconds N --seed N\n`);
    process.exitCode = 2;
    return;
  }
  for (const target of chosen) {
    const endMs = performance.now() + (seconds * 1000) / chosen.length;
    const report = await fuzz(target, {
      firstSeed,
      goOn: (runs) => runs % 64 !== 0 || performance.now() < endMs,
      nowMs: () => performance.now(),
      slowMs: SLOW_MS,
    });
    const findings = report.findings.map((finding) => ({
      seed: finding.seed,
      kept: keepSeed(finding),
      reason: finding.reason.split('\n').slice(0, 3).join(' | '),
    }));
    const slowestMs = Math.round(report.slowestMs);
    process.stdout.write(`${JSON.stringify({ target: target.name, firstSeed, ...report, slowestMs, findings })}\n`);
    if (findings.length > 0) process.exitCode = 1;
  }
}
