/*
 * Fuzzes the readers of bytes from outside:
 *   node core/testing/fuzzMain.ts --seconds 600 --target rpm     (or `all`; --seed N begins at a seed of an earlier run)
 * Prints one JSON line a target. The input of a finding is kept in core/testing/seeds. Exit code 1 when there was one.
 */
import { runFuzzCommand } from './fuzzCommand.ts';
import { sampleFiles } from './fuzzFiles.ts';
import { fuzzTargets } from './fuzzTargets.ts';

await runFuzzCommand(fuzzTargets(sampleFiles()));
