import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { reportOf } from '../core/protocol/errors.ts';
import type { Benchmark } from './benchmark.ts';

/*
 * `npm run bench -- NAME [--json] [options]`: the one way to every benchmark. With --json the last line is one JSON object.
 */

const NO_BENCHMARKS = new Set(['main', 'benchmark', 'story']);
const names = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .map((file) => file.slice(0, -3))
  .filter((name) => !NO_BENCHMARKS.has(name));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  strict: false,
  options: { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
});
const name = positionals[0];

if (name === undefined || !names.includes(name)) {
  console.log(`Usage: npm run bench -- NAME [--json] [options]\n\nBenchmarks: ${names.join(', ')}`);
  process.exitCode = values.help === true ? 0 : 2;
} else {
  const { benchmark } = (await import(new URL(`./${name}.ts`, import.meta.url).href)) as { benchmark: Benchmark };
  try {
    const say = (line: string): void =>
      (values.json === true ? process.stderr : process.stdout).write(`${line}\n`) as unknown as void;
    const result = await benchmark.run({ options: values, say });
    if (values.json === true) console.log(JSON.stringify(result));
    else for (const line of benchmark.lines(result)) console.log(line);
    process.exitCode = benchmark.passed(result) ? 0 : 1;
  } catch (error) {
    const report = reportOf(error);
    if (values.json === true) console.log(JSON.stringify({ error: report }));
    console.error(`${name}: ${report.message}`);
    process.exitCode = 1;
  }
}
