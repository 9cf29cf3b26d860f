import { readdirSync } from 'node:fs';
import { PutError, reportOf } from '../core/protocol/errors.ts';
import type { Benchmark } from './benchmark.ts';
import { readBenchCommand } from './support/commandLine.ts';

/*
 * `npm run bench -- NAME [--json] [options]`: the one way to every benchmark. With --json the last line is one JSON object,
 * and what is told meanwhile goes to the error output. Exit code 1: a bar was missed, or the run failed.
 */

const NO_BENCHMARKS = new Set(['main', 'benchmark', 'story', 'simulate', 'crash']);
const names = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => file.slice(0, -3))
  .filter((name) => !NO_BENCHMARKS.has(name));

const benchmarkOf = async (name: string): Promise<Benchmark> =>
  ((await import(new URL(`./${name}.ts`, import.meta.url).href)) as { benchmark: Benchmark }).benchmark;

async function help(): Promise<void> {
  console.log('Usage: npm run bench -- NAME [--json] [options]\n');
  for (const name of names) {
    const { about, options } = await benchmarkOf(name);
    console.log(`${name}: ${about}`);
    for (const [option, text] of Object.entries(options ?? {})) console.log(`    --${option.padEnd(14)} ${text}`);
  }
}

const args = process.argv.slice(2);
const json = args.includes('--json');
try {
  const command = readBenchCommand(args);
  if (command.name === undefined || !names.includes(command.name) || command.help) {
    await help();
    process.exitCode = command.help ? 0 : 2;
  } else {
    const benchmark = await benchmarkOf(command.name);
    const unknown = Object.keys(command.options).find((option) => !Object.hasOwn(benchmark.options ?? {}, option));
    if (unknown !== undefined) throw new PutError('usage', `${command.name} has no option --${unknown}; see --help`);
    const result = await benchmark.run({
      options: command.options,
      say: (line) => void (json ? process.stderr : process.stdout).write(`${line}\n`),
    });
    if (json) console.log(JSON.stringify(result));
    else for (const line of benchmark.lines(result)) console.log(line);
    process.exitCode = benchmark.passed(result) ? 0 : 1;
  }
} catch (error) {
  const report = reportOf(error);
  console.error(report.code === 'internal' && error instanceof Error ? error.stack : report.message);
  if (json) console.log(JSON.stringify({ error: report }));
  process.exitCode = 1;
}
